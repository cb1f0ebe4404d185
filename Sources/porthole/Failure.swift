internal import Launcher

/// The tool's exit statuses, as the command-line contract lists them.
enum ExitStatus: Int32 {
  case done = 0
  /// Asked, and the answer is no; or it was tried and failed.
  case no = 1
  case usage = 2
  case nothingThere = 3
  case targetDied = 4
  case refused = 5
  case timedOut = 124
  case interrupted = 130
}

/// Why a command ended early: a status, and words for standard error (none if all was said).
struct Failure: Error {
  var status: ExitStatus
  var message: String

  init(_ status: ExitStatus, _ message: String = "") {
    self.status = status
    self.message = message
  }

  /// The failure that another module's error amounts to; `nil` if it is the argument parser's.
  init?(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as LaunchError:
      let status: ExitStatus =
        switch error.kind {
        case .usage: .usage
        case .nothingThere: .nothingThere
        case .failed: .no
        case .timedOut: .timedOut
        }
      self.init(status, error.message)
    default: return nil
    }
  }
}
