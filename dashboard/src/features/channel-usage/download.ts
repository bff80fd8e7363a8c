const READ_WITHIN_MS = 60_000;

/** Lets the reader save a text as a file. */
export function download(fileName: string, text: string, type: string): void {
  downloadBlob(fileName, new Blob([text], { type: `${type};charset=utf-8` }));
}

/** Lets the reader save a file of any kind. */
export function downloadBlob(fileName: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
  // Not all browsers have begun to read it by the next task.
  setTimeout(() => URL.revokeObjectURL(address), READ_WITHIN_MS);
}
