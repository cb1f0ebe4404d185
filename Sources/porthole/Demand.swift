// What `run --allow` permits. To observe is to read: also what takes a guest a few milliseconds at
// once, as its stacks do. What holds it longer, or again and again, stops it.

internal import Launcher

extension Instance {
  /// Throws unless it was run with at least this level.
  func demand(_ level: AuthorityLevel, _ why: String) throws(Failure) {
    guard guest.authority < level else { return }
    throw Failure(
      .refused,
      "\(why), and \(name) was run with --allow \(guest.authority.rawValue): that needs --allow "
        + "\(level.rawValue) or more")
  }
}
