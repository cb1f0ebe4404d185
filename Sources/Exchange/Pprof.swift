// pprof's profile.proto (github.com/google/pprof, proto/profile.proto). A location is an address with
// all functions inlined there; each sample has a value for each activity, and says its activity in a
// label as well.

internal import Profiling

enum Pprof {
  /// Kinds of values of a sample, in this order; `cpu` is shown first.
  private static let kinds = [
    ("samples", "count"), ("idle", "nanoseconds"), ("waiting", "count"), ("cpu", "nanoseconds"),
  ]

  /// The message, not compressed.
  static func bytes(of profile: ExportedProfile) -> [UInt8] {
    var tables = Tables()
    var file = ProtobufWriter()
    for kind in kinds { file.message(1, tables.valueType(kind)) }
    for stack in profile.stacks { file.message(2, sample(stack, profile.period, &tables)) }
    var mapping = ProtobufWriter()
    mapping.number(1, 1)
    mapping.number(5, tables.text(profile.name))
    mapping.number(6, tables.text(profile.buildID ?? ""))
    // has_functions, has_filenames, has_line_numbers, has_inline_frames: nothing is to be looked up.
    for field in 7...10 as ClosedRange<UInt64> { mapping.number(field, 1) }
    file.message(3, mapping)
    for location in tables.locations { file.message(4, location) }
    for function in tables.functions { file.message(5, function) }
    file.message(11, tables.valueType(("cpu", "nanoseconds")))
    file.number(12, profile.period)
    file.number(14, tables.text("cpu"))
    for text in tables.strings.values { file.string(6, text) }
    return file.bytes
  }

  private static func sample(
    _ stack: ExportedStack, _ period: UInt64, _ tables: inout Tables
  ) -> ProtobufWriter {
    var sample = ProtobufWriter()
    sample.numbers(1, tables.places(stack.frames))
    let (count, time) = (stack.count, stack.count &* period)
    let values: [UInt64] =
      switch stack.activity {
      case .running: [count, 0, 0, time]
      case .idle: [count, time, 0, 0]
      case .waiting: [0, 0, count, 0]
      }
    sample.numbers(2, values)
    var label = ProtobufWriter()
    label.number(1, tables.text("activity"))
    label.number(2, tables.text(stack.activity.rawValue))
    sample.message(3, label)
    return sample
  }

  /// What samples refer to by numbers.
  private struct Tables {
    private(set) var strings = Interner<String>()
    private(set) var locations: [ProtobufWriter] = []
    private(set) var functions: [ProtobufWriter] = []
    private var locationNumbers: [[ProfileFrame]: UInt64] = [:]
    private var functionNumbers: [[String]: UInt64] = [:]

    /// String 0 is the empty one.
    init() { _ = strings.number(of: "") }

    mutating func text(_ text: String) -> UInt64 { UInt64(strings.number(of: text)) }

    mutating func valueType(_ kind: (String, String)) -> ProtobufWriter {
      var type = ProtobufWriter()
      type.number(1, text(kind.0))
      type.number(2, text(kind.1))
      return type
    }

    /// The locations of a stack, innermost first.
    mutating func places(_ frames: [ProfileFrame]) -> [UInt64] {
      var places: [UInt64] = []
      var group: [ProfileFrame] = []
      for frame in frames {
        group.append(frame)
        if frame.isInlined { continue }
        places.append(location(group))
        group = []
      }
      if !group.isEmpty { places.append(location(group)) }
      return places
    }

    private mutating func location(_ group: [ProfileFrame]) -> UInt64 {
      if let number = locationNumbers[group] { return number }
      let number = UInt64(locations.count + 1)
      locationNumbers[group] = number
      var location = ProtobufWriter()
      location.number(1, number)
      if let address = group.first?.address, address != 0 {
        location.number(2, 1)
        location.number(3, address)
      }
      for frame in group {
        var line = ProtobufWriter()
        line.number(1, function(frame))
        line.number(2, UInt64(max(frame.line, 0)))
        location.message(4, line)
      }
      locations.append(location)
      return number
    }

    private mutating func function(_ frame: ProfileFrame) -> UInt64 {
      let key = [frame.function, frame.file ?? ""]
      if let number = functionNumbers[key] { return number }
      let number = UInt64(functions.count + 1)
      functionNumbers[key] = number
      var function = ProtobufWriter()
      function.number(1, number)
      function.number(2, text(frame.function))
      function.number(3, text(frame.function))
      function.number(4, text(frame.file ?? ""))
      functions.append(function)
      return number
    }
  }
}
