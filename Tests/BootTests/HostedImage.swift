// Applications as Linux processes, for the tests: built, run with input, and their end.

import Glibc
import Launcher
import Synchronization
import TestSupport
import Testing

/// An application built for this host.
struct HostedImage {
  let path: String
  /// The same with debug information; runs as well.
  var symbols: String { path + ".elf" }

  private static let built = Mutex<[String: HostedImage]>([:])

  /// Builds an application of the package, once in a run of the tests.
  static func build(_ product: String, _ configuration: String = "debug") -> HostedImage? {
    built.withLock { images in
      if let known = images[product + configuration] { return known }
      let result = Workbench().run(
        ["sh", Workbench.root + "/Kernel/Boot/build.sh", "host", product, configuration],
        milliseconds: 900_000)
      guard result.status == 0, let path = result.output.split(separator: "\n").last else {
        print("building \(product) for the host failed: \(result.talk)")
        return nil
      }
      let image = HostedImage(path: String(path))
      images[product + configuration] = image
      return image
    }
  }
}

extension Workbench {
  /// Runs a shell command; the paths in it are the caller's to quote.
  func shell(_ command: String, milliseconds: Int = 60_000) -> CommandResult {
    run(["sh", "-c", command], milliseconds: milliseconds)
  }
}
