/** A text that was compressed when it was made, long before it is asked for. */
export class CompressedText {
  readonly gzipBase64: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(gzipBase64: string, headers: { 'content-type': string; [name: string]: string }) {
    this.gzipBase64 = gzipBase64;
    this.headers = headers;
  }
}

/** A text that is answered as it is. */
export class PlainText {
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What decides whether it is still the same. */
  readonly identity: string;

  /** @param identity where it is not the text, which has something in it that only says when it was made */
  constructor(
    text: string,
    headers: { 'content-type': string; [name: string]: string },
    identity: string = text,
  ) {
    this.text = text;
    this.headers = headers;
    this.identity = identity;
  }
}

/** That what was asked for is at another address, whatever path the service is below. */
export class Moved {
  /** From the address that was asked. */
  readonly to: string;

  constructor(to: string) {
    this.to = to;
  }
}

/** That there is nothing to say: it is answered with a 204. */
export class NoContent {}

/** What a request made, at the very address that it was sent to: it is answered with a 201. */
export class Created<Data extends object = object> {
  readonly data: Data;

  constructor(data: Data) {
    this.data = data;
  }
}
