// What an agent is asked for beside debugging. It lasts when the client leaves, and needs no stop.

internal import GDBRemote
internal import Inspect

/// Something that an instance's agent can do.
public enum AgentRequest: Hashable, Sendable {
  /// Takes so many samples a second; 0 ends that.
  case profile(rate: Int)
  /// Records runs of handlers from so many nanoseconds on; 0 is all.
  case trace(least: UInt64)

  /// Reads what `text` writes; nil for anything else.
  public init?(_ text: some StringProtocol) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 2 else { return nil }
    switch words[0] {
    case "profile":
      guard let rate = Int(words[1]), (0...50_000).contains(rate) else { return nil }
      self = .profile(rate: rate)
    case "trace":
      guard let least = UInt64(words[1]) else { return nil }
      self = .trace(least: least)
    default: return nil
    }
  }

  /// The request as a line, without its end.
  public var text: String {
    switch self {
    case .profile(let rate): "profile \(rate)"
    case .trace(let least): "trace \(least)"
    }
  }

  var packet: Request {
    switch self {
    case .profile(let rate): .profile(rate: rate)
    case .trace(let least): .trace(least: least)
    }
  }

  /// Throws what an answer means that is not OK.
  func check(_ answer: Answer) throws(InspectError) {
    if answer.isOK { return }
    switch self {
    case .profile where answer.isUnsupported: throw .unsupported("the instance has no profiler")
    case .profile: throw .refusal(answer, or: "the profiler does not start")
    case .trace where answer.isUnsupported:
      throw .unsupported("the agent records no runs: build it anew")
    case .trace: throw .refusal(answer, or: "the runs are not recorded")
    }
  }
}
