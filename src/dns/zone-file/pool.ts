/**
 * Room for the RDATA of a zone. An array on a buffer of its own costs some 240 octets for an address of four; a view
 * into a shared buffer costs half and is made twice as fast. Blocks are small, so that a set which outlives its zone
 * keeps little alive.
 */
const blockOctets = 4096;

export class RdataPool {
  private block = new ArrayBuffer(blockOctets);
  private used = 0;

  /** Octets to fill. Never more than they say: the rest of the block belongs to others. */
  take(size: number): Uint8Array {
    if (size > blockOctets / 8) return new Uint8Array(size);
    if (this.used + size > blockOctets) {
      this.block = new ArrayBuffer(blockOctets);
      this.used = 0;
    }
    const view = new Uint8Array(this.block, this.used, size);
    this.used += size;
    return view;
  }

  /** The four octets of an address that `ipv4Number` read. */
  ipv4(value: number): Uint8Array {
    const view = this.take(4);
    view[0] = value >>> 24;
    view[1] = value >>> 16;
    view[2] = value >>> 8;
    view[3] = value;
    return view;
  }

  /** A copy of `octets`. */
  copy(octets: Uint8Array): Uint8Array {
    const view = this.take(octets.length);
    view.set(octets);
    return view;
  }
}
