// What can be built: a sample of this package by its name, or a package elsewhere by its folder.

internal import JSON

/// An application to be built.
public struct ApplicationPackage: Hashable, Sendable {
  /// The executable product's name.
  public var product: String
  /// The folder with its Package.swift.
  public var folder: String
  /// Its sources, where they are known to be all there is beside the kernel; `nil` where only the
  /// package manager knows.
  var sources: String?

  /// Whether an argument means a package's folder, and not a name: it has a slash, or is `.`.
  static func isFolder(_ argument: String) -> Bool {
    argument.contains("/") || argument == "." || argument == ".."
  }
}

extension ImageBuilder {
  /// The application that an argument means: a sample, whatever its case, or a package's folder.
  ///
  /// `product` chooses among several executables of a package. Asks the package manager for them,
  /// which takes half a second.
  /// - Throws: `.usage` with a hint if there is none.
  public func application(
    _ argument: String, product: String? = nil
  ) throws(LaunchError) -> ApplicationPackage {
    if !ApplicationPackage.isFolder(argument) {
      if product == nil,
        let exact = samples.first(where: { $0.lowercased() == argument.lowercased() })
      {
        return ApplicationPackage(product: exact, folder: root, sources: "Samples/\(exact)")
      }
      guard Files.isReadable(argument + "/Package.swift") else {
        let hint = Suggestion.text(for: argument, among: samples)
        throw LaunchError(
          .usage,
          "there is no application '\(argument)'\(hint) (samples: "
            + "\(samples.joined(separator: ", ")); or a package's folder)")
      }
    }
    guard Files.isReadable(argument + "/Package.swift"), let folder = Files.absolute(argument)
    else {
      throw LaunchError(
        .usage, "\(argument) is no package (it has no Package.swift); `porthole new` makes one")
    }
    let names = try executables(of: folder)
    if let product {
      guard names.contains(product) else {
        let hint = Suggestion.text(for: product, among: names)
        throw LaunchError(
          .usage,
          "\(argument) has no executable '\(product)'\(hint) (executables: "
            + "\(names.joined(separator: ", ")))")
      }
      return ApplicationPackage(product: product, folder: folder)
    }
    guard let only = names.first else {
      throw LaunchError(.usage, "\(argument) has no executable target to build")
    }
    guard names.count == 1 else {
      throw LaunchError(
        .usage, "choose one with --product (executables: \(names.joined(separator: ", ")))")
    }
    return ApplicationPackage(product: only, folder: folder)
  }

  /// The executable targets of a package; SwiftPM makes a product of each.
  private func executables(of folder: String) throws(LaunchError) -> [String] {
    let dump = try Command.run("swift", ["package", "--package-path", folder, "dump-package"])
    guard dump.status == 0, let package = try? JSONValue.parse(text: dump.output) else {
      throw LaunchError(.failed, "cannot read \(folder)/Package.swift: \(dump.talk)")
    }
    return (package["targets"]?.array ?? []).compactMap { target in
      target["type"]?.string == "executable" ? target["name"]?.string : nil
    }
  }
}
