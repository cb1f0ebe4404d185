// One thread of a Firefox profile: the tables of its functions, frames, stacks and samples.

internal import JSON
internal import Profiling

struct FirefoxThread {
  /// The categories by number; one has to be grey.
  static let categories = [
    ("Other", "grey"), ("Running", "blue"), ("Idle", "transparent"), ("Waiting", "orange"),
  ]

  private struct Function: Hashable {
    var name: Int
    var file: Int?
  }

  private struct Frame: Hashable {
    var function: Int
    var address: UInt64
    var depth: Int
    var line: Int
    var category: Int
  }

  private struct Node: Hashable {
    var frame: Int
    var prefix: Int?
  }

  private var functions = Interner<Function>()
  private var frames = Interner<Frame>()
  private var nodes = Interner<Node>()
  private var samples: [(stack: Int?, time: Double, weight: UInt64)] = []
  private var time: UInt64 = 0

  mutating func add(
    _ stack: ExportedStack, period: UInt64, _ strings: inout Interner<String>
  ) {
    let category =
      switch stack.activity {
      case .running: 1
      case .idle: 2
      case .waiting: 3
      }
    var node: Int?
    var depth = 0
    for frame in stack.frames.reversed() {
      depth = frame.isInlined ? depth + 1 : 0
      let function = functions.number(
        of: Function(
          name: strings.number(of: frame.function),
          file: frame.file.map { strings.number(of: $0) }))
      let number = frames.number(
        of: Frame(
          function: function, address: frame.address, depth: depth, line: frame.line,
          category: frame.isMissing ? 0 : category))
      node = nodes.number(of: Node(frame: number, prefix: node))
    }
    samples.append((node, Double(time) / 1e6, stack.count))
    time &+= stack.count &* period
  }

  func json(name: String, process: String, number: Int) -> JSONObject {
    var thread = JSONObject()
    thread["name"] = .string(name)
    thread["isMainThread"] = .bool(number == 1)
    thread["processType"] = "default"
    thread["processName"] = .string(process)
    thread["processStartupTime"] = 0
    thread["processShutdownTime"] = .null
    thread["registerTime"] = 0
    thread["unregisterTime"] = .null
    thread["pausedRanges"] = .array([])
    thread["pid"] = "1"
    thread["tid"] = .integer(number)
    thread["samples"] = .object(sampleTable)
    thread["markers"] = .object(
      Self.table(0, ["data", "name", "startTime", "endTime", "phase", "category"].map { ($0, []) }))
    thread["stackTable"] = .object(
      Self.table(
        nodes.values.count,
        [
          ("frame", nodes.values.map { .integer($0.frame) }),
          ("prefix", nodes.values.map { Self.optional($0.prefix) }),
        ]))
    thread["frameTable"] = .object(frameTable)
    thread["funcTable"] = .object(functionTable)
    thread["resourceTable"] = .object(
      Self.table(0, ["lib", "name", "host", "type"].map { ($0, []) }))
    thread["nativeSymbols"] = .object(
      Self.table(0, ["libIndex", "address", "name", "functionSize"].map { ($0, []) }))
    return thread
  }

  private var sampleTable: JSONObject {
    var table = Self.table(
      samples.count,
      [
        ("stack", samples.map { Self.optional($0.stack) }),
        ("time", samples.map { .number($0.time) }),
        ("weight", samples.map { .unsigned($0.weight) }),
      ])
    table["weightType"] = "samples"
    return table
  }

  private var frameTable: JSONObject {
    let rows = frames.values
    let none = [JSONValue](repeating: .null, count: rows.count)
    return Self.table(
      rows.count,
      [
        ("address", rows.map { $0.address == 0 ? -1 : .unsigned($0.address) }),
        ("inlineDepth", rows.map { .integer($0.depth) }),
        ("category", rows.map { .integer($0.category) }),
        ("subcategory", rows.map { _ in 0 }),
        ("func", rows.map { .integer($0.function) }),
        ("line", rows.map { Self.optional($0.line > 0 ? $0.line : nil) }),
        ("column", none), ("nativeSymbol", none), ("innerWindowID", none),
      ])
  }

  private var functionTable: JSONObject {
    let rows = functions.values
    let none = [JSONValue](repeating: .null, count: rows.count)
    return Self.table(
      rows.count,
      [
        ("name", rows.map { .integer($0.name) }),
        ("fileName", rows.map { Self.optional($0.file) }),
        ("isJS", rows.map { _ in .bool(false) }),
        ("relevantForJS", rows.map { _ in .bool(false) }),
        ("resource", rows.map { _ in -1 }),
        ("lineNumber", none), ("columnNumber", none),
      ])
  }

  private static func table(_ length: Int, _ columns: [(String, [JSONValue])]) -> JSONObject {
    var table = JSONObject()
    for (name, values) in columns { table[name] = .array(values) }
    table["length"] = .integer(length)
    return table
  }

  private static func optional(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }
}
