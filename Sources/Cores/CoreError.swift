/// Why a file is no core that can be read.
public enum CoreError: Error, Equatable, Sendable {
  /// It is not of that format at all.
  case notACore(String)
  /// It is an ELF file, but of another kind or machine, or damaged; the text says what.
  case unusable(String)

  /// What to tell the user.
  public var message: String {
    switch self {
    case .notACore(let text), .unusable(let text): text
    }
  }
}
