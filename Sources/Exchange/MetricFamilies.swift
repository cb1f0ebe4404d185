// Families of samples: all of one name stand together, and no two families share a sample's name.

internal import Telemetry
internal import TerminalText

struct MetricFamilies {
  enum Kind: String {
    case counter, gauge, histogram, info, stateset

    /// What sample names end in, behind the family's.
    var endings: [String] {
      switch self {
      case .counter: ["_total", "_created"]
      case .gauge, .stateset: [""]
      case .histogram: ["_bucket", "_count", "_sum", "_created"]
      case .info: ["_info"]
      }
    }
  }

  private struct Family {
    var kind: Kind
    var help: String
    var lines: String = ""
  }

  private var families: [String: Family] = [:]
  private var order: [String] = []
  /// Sample and family names that are taken, by the family that took them.
  private var taken: [String: String] = [:]
  private(set) var clashes = 0

  /// A name's letters, digits and underscores; everything else becomes an underscore.
  static func name(_ text: String) -> String {
    String(
      text.unicodeScalars.prefix(200).map { scalar in
        let isPlain =
          scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
        return isPlain ? Character(scalar) : "_"
      })
  }

  /// Begins or goes on with a family; false where its name belongs to another.
  private mutating func open(_ name: String, _ kind: Kind, _ help: String) -> Bool {
    if let family = families[name] {
      if family.kind != kind { clashes += 1 }
      return family.kind == kind
    }
    let names = [name] + kind.endings.map { name + $0 }
    guard names.allSatisfy({ taken[$0] == nil }) else {
      clashes += 1
      return false
    }
    for own in names { taken[own] = name }
    families[name] = Family(kind: kind, help: help)
    order.append(name)
    return true
  }

  /// Adds a sample.
  mutating func add(
    _ name: String, _ kind: Kind, _ help: String, _ labels: [(String, String)], _ value: Double
  ) {
    guard open(name, kind, help) else { return }
    let ending = kind == .counter ? "_total" : kind == .info ? "_info" : ""
    families[name]?.lines += "\(name)\(ending)\(Self.labels(labels)) \(Self.number(value))\n"
  }

  /// Adds a histogram of nanoseconds, in seconds: buckets up to each power of two from 1 us to 17 s,
  /// which ours are cut at, so the counts are exact.
  mutating func add(
    _ name: String, _ kind: Kind, _ help: String, _ labels: [(String, String)],
    _ values: HistogramValue
  ) {
    guard open(name, kind, help) else { return }
    var lines = ""
    var sum: UInt64 = 0
    var next = 0
    for power in 10...34 as ClosedRange<UInt64> {
      let limit: UInt64 = 1 << power
      while next < values.counts.count, HistogramValue.lowest(of: values.first + next) < limit {
        sum &+= UInt64(values.counts[next])
        next += 1
      }
      let bound = Self.number(Double(limit - 1) * 1e-9)
      lines += "\(name)_bucket\(Self.labels(labels + [("le", bound)])) \(sum)\n"
    }
    lines += "\(name)_bucket\(Self.labels(labels + [("le", "+Inf")])) \(values.count)\n"
    lines += "\(name)_count\(Self.labels(labels)) \(values.count)\n"
    lines += "\(name)_sum\(Self.labels(labels)) \(Self.number(Double(values.total) * 1e-9))\n"
    families[name]?.lines += lines
  }

  private static func labels(_ labels: [(String, String)]) -> String {
    if labels.isEmpty { return "" }
    let parts = labels.map { name, value in
      let text = Sanitizer.visible(value).map { character in
        switch character {
        case "\\": "\\\\"
        case "\"": "\\\""
        default: String(character)
        }
      }
      return "\(name)=\"\(text.joined())\""
    }
    return "{\(parts.joined(separator: ","))}"
  }

  private static func number(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e15 { return "\(Int64(value))" }
    return "\(value)"
  }

  /// The exposition, families in the order in which they came.
  var text: String {
    var text = ""
    for name in order {
      guard let family = families[name] else { continue }
      text += "# TYPE \(name) \(family.kind.rawValue)\n"
      if name.hasSuffix("_seconds") { text += "# UNIT \(name) seconds\n" }
      if name.hasSuffix("_bytes") { text += "# UNIT \(name) bytes\n" }
      text += "# HELP \(name) \(Self.help(family.help))\n" + family.lines
    }
    return text + "# EOF\n"
  }

  private static func help(_ text: String) -> String {
    Sanitizer.visible(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
  }
}
