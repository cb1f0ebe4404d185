// The command line of the boot loader as words.

internal import Devices

/// What the boot loader passed on to the application.
public enum BootArguments {
  /// The application's words; at most 4,096 bytes of the command line are read.
  public static var words: [String] {
    var words: [String] = []
    var reader = ArgumentWords(BootMemory.commandLine)
    while let word = reader.next() { words.append(word) }
    return words
  }

  /// What the word that begins with `name` says after it; nil if there is none.
  public static func option(_ name: StaticString) -> [UInt8]? {
    ArgumentWords.option(name, in: BootMemory.commandLine)
  }
}
