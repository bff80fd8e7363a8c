import type { Style } from './style.ts';

/** A bar as wide as its share of so many columns. @param percentage from 0 to 100 */
export function bar(percentage: number, width: number, { accent, quiet }: Style): string {
  const filled = Math.round((Math.min(100, Math.max(0, percentage)) * width) / 100);
  return `${accent('█'.repeat(filled))}${quiet('░'.repeat(width - filled))}`;
}
