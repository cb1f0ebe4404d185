// The kernels that boot and journey tests run, each built once a run from this tree.

internal import Glibc
internal import Launcher
internal import Synchronization

/// A bootable image, built for the tests.
public struct TestImage: Sendable {
  /// The stripped image that boots.
  public var path: String
  /// The same with debug information.
  public var symbols: String

  private static let built = Mutex<[String: TestImage]>([:])

  /// Builds an application of the package (a sample, or a guest of the tests), once.
  ///
  /// `agent` puts the debugger's agent in.
  public static func build(
    _ product: String, _ configuration: String = "debug", agent: Bool = false
  ) -> TestImage? {
    let key = product + configuration + (agent ? "-agent" : "")
    return built.withLock { images in
      if let known = images[key] { return known }
      let bench = Workbench()
      let result = bench.run(
        ["sh", Workbench.root + "/Kernel/Boot/build.sh"] + (agent ? ["--agent"] : [])
          + ["x86_64", product, configuration],
        milliseconds: 900_000)
      guard result.status == 0, let path = result.output.split(separator: "\n").last else {
        print("building \(product) failed: \(result.talk)")
        return nil
      }
      let image = TestImage(path: String(path), symbols: path + ".elf")
      images[key] = image
      return image
    }
  }
}
