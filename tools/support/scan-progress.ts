import { Presets, SingleBar } from 'cli-progress';

/** Shows how far a scan is. */
export interface ScanProgress {
  update(examined: number): void;
  end(): void;
}

/**
 * A bar on a terminal, lines elsewhere.
 *
 * @param total how many items the table is said to hold; there may be more
 */
export function scanProgress(
  verb: string,
  total: number,
  terminal: NodeJS.WriteStream | undefined,
  say: (text: string) => void,
): ScanProgress {
  return terminal === undefined ? progressLines(verb, total, say) : progressBar(verb, total, terminal);
}

function progressBar(verb: string, total: number, stream: NodeJS.WriteStream): ScanProgress {
  const bar = new SingleBar(
    { format: `${verb} {bar} {value} of {total} messages`, stream },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return {
    update(examined) {
      bar.setTotal(Math.max(total, examined));
      bar.update(examined);
    },
    end: () => bar.stop(),
  };
}

function progressLines(verb: string, total: number, say: (text: string) => void): ScanProgress {
  let tenthsShown = 0;
  return {
    update(examined) {
      const tenths = total === 0 ? 0 : Math.min(10, Math.floor((10 * examined) / total));
      if (tenths > tenthsShown) say(`${verb}: ${examined} of about ${total} messages are read\n`);
      tenthsShown = tenths;
    },
    end() {},
  };
}
