import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** From the lightest to the darkest. */
const INK: MantineColorsTuple = [
  '#eef2ff',
  '#dfe5fb',
  '#bcc8f4',
  '#96a8ec',
  '#7489e3',
  '#5b72dc',
  '#4a61d2',
  '#3c50b8',
  '#334599',
  '#2b3a7d',
];

/** The greys of the dark scheme. */
const SLATE: MantineColorsTuple = [
  '#e6e8ed',
  '#c3c8d2',
  '#9aa2b1',
  '#6d7585',
  '#3b404c',
  '#30343e',
  '#252932',
  '#1c1f26',
  '#16181e',
  '#101217',
];

export const THEME = createTheme({
  primaryColor: 'ink',
  primaryShade: { light: 7, dark: 5 },
  colors: { ink: INK, dark: SLATE },
  defaultRadius: 'md',
  // Nothing is fetched from elsewhere: the fonts are the reader's own.
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  respectReducedMotion: true,
  cursorType: 'pointer',
});
