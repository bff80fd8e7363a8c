import './swatch.css';

/** A colour, as a legend shows it. @param color `#rrggbb` */
export function Swatch({ color }: { color: string }) {
  return <span className="swatch" style={{ background: color }} />;
}
