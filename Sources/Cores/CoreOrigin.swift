// What a core of ours says of itself, in the note `Porthole` of type 0x100: one JSON object
// (`porthole.core/1`), because it is for people and for tools that come later.

public import JSON

/// Where a dump came from.
public struct CoreOrigin: Equatable, Sendable {
  /// The instance's name, or the target as the user named it.
  public var name: String
  /// Its state when it was dumped: `running`, `stopped`, `hung`, `halted`, `panicked`.
  public var state: String
  /// What that rests on, in words; empty for nothing to explain.
  public var explanation = ""
  /// Seconds since 1970 at which it was dumped.
  public var time = 0
  /// The machine type; empty if it is not known.
  public var machine = ""
  /// The path of the image; empty if it is not known.
  public var image = ""
  /// Where the instance describes itself; nil if that is not known.
  public var root: UInt64?

  /// Creates an origin.
  public init(name: String, state: String) {
    self.name = name
    self.state = state
  }

  /// Reads a note's descriptor; nil if it is none. Text is as long as the note, and unsanitized.
  init?(_ bytes: [UInt8]) {
    let text = bytes.prefix { $0 != 0 }
    guard text.count <= 1 << 16, let object = (try? JSONValue.parse(Array(text)))?.object,
      object["schema"]?.string == "porthole.core/1", let name = object["name"]?.string,
      let state = object["state"]?.string
    else { return nil }
    self.init(name: name, state: state)
    explanation = object["explanation"]?.string ?? ""
    time = object["time"]?.integer ?? 0
    machine = object["machine"]?.string ?? ""
    image = object["image"]?.string ?? ""
    root = object["root"]?.unsigned
  }

  /// The object that the note holds.
  public var object: JSONObject {
    var object = JSONObject(schema: "core")
    object["name"] = .string(name)
    object["state"] = .string(state)
    object["explanation"] = .string(explanation)
    object["time"] = .integer(time)
    object["machine"] = .string(machine)
    object["image"] = .string(image)
    object["root"] = root.map { .unsigned($0) }
    return object
  }
}
