// What an answer that says no means: that the target cannot, or that this client may not.

internal import GDBRemote
internal import Inspect

extension InspectError {
  /// The error of an answer that says no; `text` where it does not say why.
  static func refusal(
    _ answer: Answer?, or text: String, about: String = ""
  ) -> InspectError {
    if let answer, answer.isForbidden {
      return .forbidden(about + "the instance allows its clients less; `run --allow` sets how much")
    }
    return .refused(about + (answer?.errorText ?? text))
  }
}
