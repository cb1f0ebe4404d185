// The files that a client may fetch from the instance (`vFile`, gdb's `remote get`): the image that
// runs, the log, the profile. They are written from what is in memory whenever a part is asked for.

internal import Bytes
internal import CX86
internal import GDBRemote
internal import Log
internal import Profiler

enum AgentFiles {
  private enum Name: Int {
    case image
    case log
    case profile
  }

  static var count: Int { 3 }

  /// The number of the file: `image`, `log` or `profile`, with or without a folder that is `/` or
  /// `/BUILDID/`.
  static func number(of path: ArraySlice<UInt8>) -> Int? {
    var name = path
    if name.first == 0x2f {
      name = name.dropFirst()
      if let slash = name.firstIndex(of: 0x2f) {
        guard isBuildID(name[..<slash]) else { return nil }
        name = name[(slash + 1)...]
      }
    }
    if name.equals(words: "image") { return Name.image.rawValue }
    if name.equals(words: "log") { return Name.log.rawValue }
    return name.equals(words: "profile") ? Name.profile.rawValue : nil
  }

  /// Writes the path of the image, which says which one it is.
  static func writePath(to window: inout TransferWindow) {
    window.append(0x2f)
    forEachByteOfBuildID {
      window.append(Hex.digit($0 >> 4))
      window.append(Hex.digit($0))
    }
    window.append(text: "/image")
  }

  /// Passes the build id on: what follows the note's header and its name, "GNU".
  static func forEachByteOfBuildID(_ body: (UInt8) -> Void) {
    var byte = x86_build_id_start() + 16
    while byte < x86_build_id_end() {
      body(x86_load8(byte))
      byte += 1
    }
  }

  static func write(_ number: Int, to window: inout TransferWindow) {
    switch Name(rawValue: number) {
    case .image: AgentImage.write(to: &window)
    case .log: writeLog(to: &window)
    case .profile: writeProfile(to: &window)
    case nil: break
    }
  }

  private static func isBuildID(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = text
    var isSame = true
    forEachByteOfBuildID { byte in
      if rest.popFirst() != Hex.digit(byte >> 4) { isSame = false }
      if rest.popFirst() != Hex.digit(byte) { isSame = false }
    }
    return isSame && rest.isEmpty
  }

  /// Lines of boot, seconds since it, level from 0 for errors on, and text; the oldest first.
  private static func writeLog(to window: inout TransferWindow) {
    guard let ring = Log.ring else { return }
    var number = ring.overwritten &+ 1
    while number <= ring.latest {
      defer { number &+= 1 }
      guard let record = ring.record(number: number) else { continue }
      window.append(decimal: UInt64(record.boot))
      window.append(0x20)
      window.append(decimal: record.time / 1_000_000_000)
      window.append(0x2e)
      var unit: UInt64 = 100_000
      while unit > 0 {
        window.append(0x30 + UInt8(record.time / 1000 / unit % 10))
        unit /= 10
      }
      window.append(0x20)
      window.append(decimal: UInt64(record.level))
      window.append(0x20)
      for byte in record.text { window.append(byte) }
      window.append(0x0a)
    }
  }

  /// Collapsed stacks, a line each: what the core was doing, return addresses from the outermost in,
  /// the sampled instruction, all with `;` between them, and how many samples. `...` stands for frames
  /// that nobody knows.
  private static func writeProfile(to window: inout TransferWindow) {
    guard let kept = AgentProfiler.kept else { return }
    for number in 0..<UInt32(kept.spots.count) {
      guard let (row, count) = kept.spots.spot(number + 1) else { continue }
      window.append(words: AgentProfiler.name(row.activity))
      if let (stack, frames) = kept.stacks.stack(row.stack) {
        let flags = StackFlags(rawValue: stack.flags)
        if !flags.isDisjoint(with: [.cut, .deep]) { window.append(words: ";...") }
        var index = frames.count
        while index > 0 {
          index -= 1
          window.append(0x3b)
          window.append(hex: frames[index])
          if flags.contains(.gap), index == stack.gap { window.append(words: ";...") }
        }
      }
      window.append(0x3b)
      window.append(hex: row.address)
      window.append(0x20)
      window.append(decimal: count)
      window.append(0x0a)
    }
  }
}

extension TransferWindow {
  fileprivate mutating func append(words: StaticString) {
    for index in 0..<words.utf8CodeUnitCount { append(words.utf8Start[index]) }
  }
}
