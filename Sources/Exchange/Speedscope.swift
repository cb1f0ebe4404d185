// speedscope's own format (its `file-format-spec.ts`): one file, a profile for each activity, with
// functions, files and lines shared between them.

internal import JSON
internal import Profiling

enum Speedscope {
  /// The file. Running and idle weigh what time they stand for; who waits is counted.
  static func bytes(of profile: ExportedProfile) -> [UInt8] {
    var frames = Interner<Frame>()
    var profiles: [JSONValue] = []
    for activity in ProfileActivity.allCases {
      let stacks = profile.stacks.filter { $0.activity == activity }
      // A file without any profile is none.
      if stacks.isEmpty, activity != .running { continue }
      var samples: [JSONValue] = []
      var weights: [JSONValue] = []
      var total: UInt64 = 0
      for stack in stacks {
        samples.append(
          .array(stack.frames.reversed().map { .integer(frames.number(of: Frame($0))) }))
        let weight = activity == .waiting ? stack.count : stack.count &* profile.period
        weights.append(.unsigned(weight))
        total &+= weight
      }
      var object = JSONObject()
      object["type"] = "sampled"
      object["name"] = .string("\(profile.name) \(activity.rawValue)")
      object["unit"] = activity == .waiting ? "none" : "nanoseconds"
      object["startValue"] = 0
      object["endValue"] = .unsigned(total)
      object["samples"] = .array(samples)
      object["weights"] = .array(weights)
      profiles.append(.object(object))
    }
    var file = JSONObject()
    file["$schema"] = "https://www.speedscope.app/file-format-schema.json"
    file["name"] = .string(profile.name)
    file["exporter"] = "porthole"
    file["activeProfileIndex"] = 0
    file["shared"] = .object(["frames": .array(frames.values.map { .object($0.json) })])
    file["profiles"] = .array(profiles)
    return Array(file.text.utf8)
  }

  private struct Frame: Hashable {
    var name: String
    var file: String?
    var line: Int

    init(_ frame: ProfileFrame) {
      name = frame.isInlined ? frame.function + " [inlined]" : frame.function
      file = frame.file
      line = frame.line
    }

    var json: JSONObject {
      var object: JSONObject = ["name": .string(name)]
      if let file { object["file"] = .string(file) }
      if line > 0 { object["line"] = .integer(line) }
      return object
    }
  }
}
