// The Firefox Profiler's processed profile format, version 57 (github.com/firefox-devtools/profiler,
// docs-developer/processed-profile-format.md and CHANGELOG-formats.md): tables of columns that refer
// to one another by row. The profiler upgrades files of older versions when it opens them.
//
// The core is one thread, whose frames have the category Running or Idle; who waits is another.
// Each row of samples is a stack with its count; moments are spread evenly.

internal import JSON

enum FirefoxProfile {
  private static let version = 57

  /// The file.
  static func bytes(of profile: ExportedProfile) -> [UInt8] {
    var strings = Interner<String>()
    var threads: [JSONValue] = []
    for (name, activities) in [
      ("core 0", [ProfileActivity.running, .idle]), ("waiting", [.waiting]),
    ] {
      let stacks = profile.stacks.filter { activities.contains($0.activity) }
      if stacks.isEmpty { continue }
      var thread = FirefoxThread()
      for stack in stacks { thread.add(stack, period: profile.period, &strings) }
      threads.append(
        .object(
          thread.json(name: name, process: profile.name, number: threads.count + 1)))
    }
    var file = JSONObject()
    file["meta"] = .object(meta(profile))
    file["libs"] = .array([])
    file["pages"] = .array([])
    file["shared"] = .object(["stringArray": .array(strings.values.map { .string($0) })])
    file["threads"] = .array(threads)
    return Array(file.text.utf8)
  }

  private static func meta(_ profile: ExportedProfile) -> JSONObject {
    var meta = JSONObject()
    meta["interval"] = .number(Double(profile.period) / 1e6)
    meta["startTime"] = 0
    meta["processType"] = 0
    meta["product"] = .string(profile.name)
    meta["importedFrom"] = "porthole"
    if let id = profile.buildID { meta["appBuildID"] = .string(id) }
    meta["stackwalk"] = 1
    meta["version"] = 24
    meta["preprocessedProfileVersion"] = .integer(version)
    meta["symbolicated"] = true
    meta["usesOnlyOneStackType"] = true
    meta["sourceCodeIsNotOnSearchfox"] = true
    meta["markerSchema"] = .array([])
    meta["categories"] = .array(
      FirefoxThread.categories.map { name, color in
        .object([
          "name": .string(name), "color": .string(color),
          "subcategories": .array(["Other"]),
        ])
      })
    return meta
  }
}
