// Values of an instance as text and as JSON. Text of the target is made harmless by the table that
// prints it.

internal import JSON
internal import Readings
internal import Telemetry
internal import TerminalText

extension Cell {
  /// As a person reads it.
  func text(_ unit: Unit) -> String {
    switch self {
    case .unsigned(let value):
      switch unit {
      case .nanoseconds, .instant: Quantity.duration(nanoseconds: value)
      default: "\(value)"
      }
    case .signed(let value): "\(value)"
    case .address(let value): "0x" + String(value, radix: 16)
    case .text(let bytes): String(decoding: bytes, as: UTF8.self)
    case .instant(let value): value.map { Quantity.duration(nanoseconds: $0) } ?? "never"
    case .duration(let value): Quantity.duration(nanoseconds: value)
    case .enumeration(let value, let name):
      name.map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
    case .histogram(let value): "\(value.count) values"
    case .addresses(let values): values.map { "0x" + String($0, radix: 16) }.joined(separator: " ")
    case .boolean(let value): value ? "yes" : "no"
    }
  }

  /// As a program reads it: numbers as they are, times in nanoseconds.
  var json: JSONValue {
    switch self {
    case .unsigned(let value), .duration(let value): .unsigned(value)
    case .signed(let value): .integer(Int(value))
    case .address(let value): .string("0x" + String(value, radix: 16))
    case .text(let bytes): .string(String(decoding: bytes, as: UTF8.self))
    case .instant(let value): value.map { .unsigned($0) } ?? .null
    case .enumeration(let value, let name):
      name.map { .string(String(decoding: $0, as: UTF8.self)) } ?? .unsigned(value)
    case .histogram(let value): .object(value.json)
    case .addresses(let values): .array(values.map { .string("0x" + String($0, radix: 16)) })
    case .boolean(let value): .bool(value)
    }
  }
}

extension HistogramValue {
  /// Count, quantiles and sum.
  var json: JSONObject {
    var object = JSONObject()
    object["count"] = .unsigned(count)
    object["p50"] = .unsigned(quantile(perMille: 500))
    object["p99"] = .unsigned(quantile(perMille: 990))
    object["max"] = .unsigned(maximum)
    object["total"] = .unsigned(total)
    return object
  }
}

extension Unit {
  /// The unit's name; empty for plain numbers.
  var text: String {
    switch self {
    case .none: ""
    case .bytes: "bytes"
    case .nanoseconds: "ns"
    case .instant: "since boot"
    case .pages: "pages"
    case .ticks: "ticks"
    }
  }
}
