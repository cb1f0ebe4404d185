// What Linux' `perf script` prints for samples with call chains, which many programs read. An event
// a sample: its header, its frames innermost first, an empty line. Each activity is a thread and an
// event of its own. The moments are evenly spread: when each sample was taken is not told. The format
// has no place for files and lines that all its readers know.

internal import Profiling
internal import TerminalText

enum PerfScript {
  /// More events than this are not written: from there on one event stands for several samples,
  /// and its period says so.
  static let mostEvents: UInt64 = 200_000

  /// The text.
  static func bytes(of profile: ExportedProfile, mostEvents: UInt64 = mostEvents) -> [UInt8] {
    var bytes: [UInt8] = []
    let name = Sanitizer.visible(profile.name)
    let comm = String(name.map { $0.isWhitespace || $0 == "/" ? "_" : $0 })
    var tid = 0
    for activity in ProfileActivity.allCases {
      tid += 1
      let stacks = profile.stacks.filter { $0.activity == activity }
      let total = stacks.reduce(0) { $0 &+ $1.count }
      let each = max(1, (total &+ mostEvents &- 1) / mostEvents)
      let event = activity == .running ? "cpu-clock" : activity.rawValue
      var time: UInt64 = 0
      for stack in stacks {
        let frames = text(of: stack)
        var left = stack.count
        while left > 0 {
          let count = min(left, each)
          left &-= count
          let weight = count &* profile.period
          let thread = "\(comm)-\(activity.rawValue) 1/\(tid) [000]"
          bytes += "\(thread) \(seconds(time)): \(weight) \(event):\n".utf8
          bytes += frames
          time &+= weight
        }
      }
    }
    return bytes
  }

  private static func text(of stack: ExportedStack) -> [UInt8] {
    var text = ""
    for frame in stack.frames {
      let digits = String(frame.address, radix: 16)
      text += "\t" + String(repeating: " ", count: max(0, 16 - digits.count)) + digits + " "
      // An address alone is what perf calls unknown.
      let isUnknown = frame.start == 0 && frame.function.hasPrefix("0x")
      text += isUnknown ? "[unknown]" : Sanitizer.visible(frame.function)
      let offset = frame.address &- frame.start
      if frame.start != 0, !frame.isInlined, frame.address >= frame.start {
        text += "+0x" + String(offset, radix: 16)
      }
      text += frame.isInlined ? " (inlined)\n" : frame.isMissing ? " ([unknown])\n" : " (image)\n"
    }
    return Array((text + "\n").utf8)
  }

  private static func seconds(_ nanoseconds: UInt64) -> String {
    let micro = "\(nanoseconds / 1000 % 1_000_000)"
    return "\(nanoseconds / 1_000_000_000)."
      + String(repeating: "0", count: 6 - micro.count) + micro
  }
}
