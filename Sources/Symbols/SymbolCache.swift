// Debug images by build id, so that a stripped image that runs somewhere finds its symbols.

public import Bytes
internal import Glibc

/// The folder of debug images: `$XDG_CACHE_HOME/porthole/symbols`, one file for each build id.
public enum SymbolCache {
  /// Where the debug image of a build is; `nil` if the cache has none.
  public static func path(of id: BuildID) -> String? {
    guard let folder else { return nil }
    let path = "\(folder)/\(id.hex)"
    return access(path, R_OK) == 0 ? path : nil
  }

  /// Copies an image into the cache and returns its build id. The copy appears under its name only
  /// once it is whole.
  @discardableResult
  public static func store(image path: String) throws(SymbolError) -> BuildID {
    let file = try MappedFile(path: path)
    let image = try ELFImage(file.view, path: path)
    guard let id = image.buildID else { throw .malformed("\(path): has no build id") }
    guard let folder, makeFolders(folder) else {
      throw .cannotOpen("no folder for cached symbols: set XDG_CACHE_HOME or HOME")
    }
    let name = "\(folder)/\(id.hex)"
    let temporary = "\(name).\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .cannotOpen("\(temporary): cannot be written") }
    var done = 0
    while done < file.view.count {
      // Safety: the mapping is `count` bytes long, and `done` is below that.
      let count = write(descriptor, file.view.base + done, file.view.count - done)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      done += count
    }
    let isClosed = close(descriptor) == 0
    guard done == file.view.count, isClosed, rename(temporary, name) == 0 else {
      unlink(temporary)
      throw .cannotOpen("\(name): cannot be written")
    }
    return id
  }

  /// The cache's folder; `nil` if neither XDG_CACHE_HOME nor HOME says where.
  static var folder: String? {
    if let cache = variable("XDG_CACHE_HOME"), cache.hasPrefix("/") {
      return cache + "/porthole/symbols"
    }
    return variable("HOME").map { $0 + "/.cache/porthole/symbols" }
  }

  private static func variable(_ name: String) -> String? {
    // Safety: getenv answers a terminated string that stays until the environment changes.
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  private static func makeFolders(_ path: String) -> Bool {
    var built = ""
    for part in path.split(separator: "/") {
      built += "/" + part
      if mkdir(built, 0o700) != 0 && errno != EEXIST { return false }
    }
    return true
  }
}
