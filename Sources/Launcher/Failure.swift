/// Why something could not be launched, found or reached, in words for a person.
public struct LaunchError: Error, Equatable, Sendable {
  /// What kind of failure it is; decides the tool's exit status.
  public enum Kind: Equatable, Sendable {
    /// The request makes no sense as it stands (exit status 2).
    case usage
    /// There is nothing there (exit status 3).
    case nothingThere
    /// It was tried and failed (exit status 1).
    case failed
    /// It did not answer in time (exit status 124).
    case timedOut
  }
  public var kind: Kind
  /// What went wrong and what to try next, without a final newline.
  public var message: String

  /// Creates a failure.
  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }
}
