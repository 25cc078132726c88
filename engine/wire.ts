import { JavaScriptValue, Struct, Value as ProtoValue } from 'google-protobuf/google/protobuf/struct_pb';
import { isObject, PropertyMap, Value } from './values';

/** Properties from the protocol. */
export function fromStruct(struct: Struct | undefined): PropertyMap {
  return struct === undefined ? {} : struct.toJavaScript();
}

function clean(value: Value): Value {
  if (Array.isArray(value)) return value.map((item) => clean(item ?? null));
  if (!isObject(value)) return value;
  // The protocol's converter throws on a member that is undefined.
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, child]) => child !== undefined)
      .map(([key, child]) => [key, clean(child)]),
  );
}

/** Properties for the protocol. */
export function toStruct(properties: PropertyMap): Struct {
  return Struct.fromJavaScript(clean(properties) as { [key: string]: JavaScriptValue });
}

/** One value from the protocol. */
export function fromValue(value: ProtoValue | undefined): Value | undefined {
  return value === undefined ? undefined : (value.toJavaScript() as Value);
}
