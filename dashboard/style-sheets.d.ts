// What the build makes of style sheets that scripts import.

declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}

declare module '*.css' {}

declare module '*.css?inline' {
  const text: string;
  export default text;
}
