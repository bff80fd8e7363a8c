/**
 * Makes a value when it is first asked for, and once. Making the schemas of all items takes a good part of a function's
 * start: so each is made when something is read or written by it, and one that a function never uses is not even bundled.
 *
 * @returns what gives the value
 */
// @__NO_SIDE_EFFECTS__
export function lazily<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
