// Where the reading thread finds what a target tells of itself, without disturbing the target or the
// session's link.

internal import Launcher

/// What a TARGET is to the reading thread.
enum ReadingPlace: Equatable {
  /// An instance by its name; nil for the only one.
  case instance(String?)
  case core(String)
  case recording(String)
  /// An agent behind a link: only the session's own can tell, and does.
  case link
  /// A stub that tells nothing while the target runs.
  case stub

  init(_ target: String?) {
    guard let target else {
      self = .instance(nil)
      return
    }
    switch try? TargetName.parse(target) {
    case .instance(let name): self = .instance(name)
    case .core(let text): self = .core(text)
    case .recording(let path): self = .recording(path)
    case .qemu(.unix(let name)) where Instance.isName(name): self = .instance(name)
    case .agent, .serial: self = .link
    case .qemu, .gdb, nil: self = .stub
    }
  }

  /// Opens it; nil where there is none but the session's link.
  func source() throws -> (any ReadingSource)? {
    switch self {
    case .instance: return try instance().map { try MemorySource($0) }
    case .core(let text): return try CoreSource(text)
    case .recording, .link, .stub: return nil
    }
  }

  /// The instance, if it is one.
  func instance() throws -> Instance? {
    switch self {
    case .instance(let name?): try Registry().instance(named: name)
    case .instance(nil): try Registry().onlyInstance()
    case .core, .recording, .link, .stub: nil
    }
  }
}
