// GRUB, from Debian's packages: its modules joined to one file by grub-mkimage, with a script that
// loads the image. Needs neither root nor a loop device.

/// Makes disks that boot by themselves.
public enum BootLoader {
  /// Where Debian's grub-pc-bin puts the parts for BIOS machines.
  static let folder = "/usr/lib/grub/i386-pc"

  /// Makes a disk of an image and writes it beside it, as `IMAGE.disk`; returns its path.
  ///
  /// `words` become the guest's command line. Takes about half a second.
  /// - Throws: `.failed` without GRUB, with what to install; `.usage` for words that GRUB's script
  ///   cannot hold.
  public static func makeDisk(
    of image: String, words: [String]
  ) throws(LaunchError) -> String {
    for word in words where !isPlain(word) {
      throw LaunchError(
        .usage, "'\(word)': words on a disk may have no quotes, backslashes, dollars or spaces")
    }
    guard let sector = Files.read(folder + "/boot.img"),
      Files.isReadable(folder + "/multiboot2.mod")
    else { throw notInstalled }
    guard let contents = Files.read(image) else {
      throw LaunchError(.failed, "cannot read the image \(image)")
    }
    let draft = "\(image).loader"
    defer { for ending in ["", ".cfg"] { Files.remove(draft + ending) } }
    try Files.replace(
      draft + ".cfg", with: Array(script(DiskImage.sectorCount(contents), words).utf8))
    let made = try Command.run(
      "grub-mkimage",
      ["-O", "i386-pc", "-d", folder, "-o", draft, "-p", "", "-c", draft + ".cfg"] + modules)
    guard made.status == 0, let loader = Files.read(draft) else {
      throw LaunchError(.failed, "grub-mkimage failed: \(made.talk)")
    }
    let path = image + ".disk"
    try Files.replace(
      path, with: DiskImage.compose(bootSector: sector, loader: loader, image: contents))
    return path
  }

  private static var notInstalled: LaunchError {
    LaunchError(
      .failed, "a disk needs GRUB, which is not installed: apt-get install grub-pc-bin grub-common")
  }

  static let modules = ["biosdisk", "multiboot2", "serial", "terminal"]

  /// What the loader does: loads the sectors and starts them. It says nothing on the serial line
  /// unless that fails; then it is asked again there, for its words, and waits for commands.
  static func script(_ sectors: Int, _ words: [String]) -> String {
    let load = "multiboot2 ($root)\(DiskImage.imageSector)+\(sectors)"
    let words = words.map { " '\($0)'" }.joined()
    return """
      \(load)\(words)
      boot
      serial --unit=0 --speed=115200
      terminal_input --append serial
      terminal_output --append serial
      \(load)
      boot

      """
  }

  private static func isPlain(_ word: String) -> Bool {
    !word.isEmpty
      && word.utf8.allSatisfy { (0x21...0x7e).contains($0) && !"'\"\\$".utf8.contains($0) }
  }
}
