/** Node.js 22 says of its SQLite that it is experimental, which tells a person nothing; all other warnings are shown. */
export function muteSqliteWarning(): void {
  const show = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name === 'ExperimentalWarning' && warning.message.includes('SQLite')) return;
    for (const each of show) each(warning);
  });
}
