/**
 * Makes plain data unchangeable all the way down and returns it, so that two regions cannot share state by accident.
 * Bytes cannot be frozen and are left as they are.
 */
export function freezeDeep<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) {
    return value;
  }
  Object.freeze(value);
  for (const part of Object.values(value)) freezeDeep(part);
  return value;
}
