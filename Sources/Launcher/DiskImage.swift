// A raw disk that starts by itself on a PC's BIOS: a boot sector, the boot loader behind it, and
// the image as it is from the first MiB on, in a partition so that firmware and other systems see
// that the disk is in use. There is no file system: the loader reads sectors.
//
//   sector 0          GRUB's boot.img and the partition table
//   sector 1...       GRUB's core.img
//   sector 2048...    the image, an ELF file

/// The layout of a disk image.
public enum DiskImage {
  /// Bytes in a sector.
  static let sector = 512
  /// The sector at which the image begins.
  static let imageSector = 2048
  /// The partition's type: "non-file-system data".
  static let partitionType: UInt8 = 0xda

  /// Puts a disk together; its size is a whole number of MiB.
  ///
  /// - Throws: `.failed` if the parts are not what they should be or do not fit.
  static func compose(
    bootSector: [UInt8], loader: [UInt8], image: [UInt8]
  ) throws(LaunchError) -> [UInt8] {
    guard bootSector.count == sector, bootSector.suffix(2) == [0x55, 0xaa] else {
      throw LaunchError(.failed, "GRUB's boot.img is no boot sector")
    }
    guard loader.count <= (imageSector - 1) * sector else {
      throw LaunchError(.failed, "the boot loader does not fit before the first MiB")
    }
    let sectors = sectorCount(image)
    let entry =
      [0x80, 0xfe, 0xff, 0xff, partitionType, 0xfe, 0xff, 0xff]  // active; too large for CHS
      + littleEndian(UInt32(imageSector)) + littleEndian(UInt32(sectors))
    var disk = bootSector
    disk.replaceSubrange(446..<510, with: entry + [UInt8](repeating: 0, count: 48))
    disk += loader
    disk += [UInt8](repeating: 0, count: imageSector * sector - disk.count)
    disk += image
    let size = ((disk.count + (1 << 20) - 1) >> 20) << 20
    return disk + [UInt8](repeating: 0, count: size - disk.count)
  }

  /// How many sectors a file takes.
  static func sectorCount(_ file: [UInt8]) -> Int { (file.count + sector - 1) / sector }

  /// Whether a file is a disk to boot from, by its boot sector; a kernel image is not.
  public static func isDisk(_ path: String) -> Bool {
    guard let start = Files.read(path, from: 0, count: sector), start.count == sector else {
      return false
    }
    return start.suffix(2) == [0x55, 0xaa] && start.prefix(4) != [0x7f, 0x45, 0x4c, 0x46]
  }

  /// The first page of the image on a disk, which holds its build id; `nil` if there is none where
  /// `compose` puts it.
  public static func firstPage(of path: String) -> [UInt8]? {
    let page = Files.read(path, from: imageSector * sector, count: 4096)
    return page?.prefix(4) == [0x7f, 0x45, 0x4c, 0x46] ? page : nil
  }

  private static func littleEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
