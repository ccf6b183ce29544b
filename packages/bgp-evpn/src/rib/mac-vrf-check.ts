/**
 * Checks of what an operator says of MAC-VRFs, MACs and segments, before anything changes. Each throws `SpeakerError`.
 */
import { type IpAddress, isMulticastMac, isUnicast, type MacAddress } from "@selvedge/net";
import { SpeakerError } from "../errors.ts";
import { parseEsi } from "../evpn/ethernet-segment-id.ts";
import { MAX_SEQUENCE } from "../evpn/mac-mobility.ts";
import { type EthernetSegmentId, ZERO_ESI } from "../wire/evpn/esi.ts";
import type { MacIpEntry, RibEthernetSegment, RibMacVrf } from "./mac-vrf.ts";

/** RFC 7432 section 5: for failures of single-homed sites, never a segment. */
const MAX_ESI: EthernetSegmentId = "ff:ff:ff:ff:ff:ff:ff:ff:ff:ff";
const ZERO_MAC = "00:00:00:00:00:00";
const MAX_DF_ALGORITHM = 31;
const MAX_U16 = 0xffff;

/** `others`: the MAC-VRFs of other names. */
export function checkMacVrf(macVrf: RibMacVrf, others: Iterable<RibMacVrf>): void {
  const { l3vni, name, rd, vni, vtep } = macVrf;
  if (name === "") throw invalid("a MAC-VRF needs a name");
  checkVtep(`MAC-VRF ${name}`, vtep);
  if (l3vni !== undefined) checkMac(`the Router's MAC of MAC-VRF ${name}`, l3vni.routerMac);
  if (l3vni?.vni === vni) {
    throw invalid(`MAC-VRF ${name} cannot have VNI ${vni} for both, bridging and routing`);
  }
  for (const other of others) {
    if (other.rd === rd) {
      throw invalid(
        `MAC-VRF ${name} cannot have route distinguisher ${rd}: MAC-VRF ${other.name} has it`,
      );
    }
    if (other.vni === vni) {
      throw invalid(`MAC-VRF ${name} cannot have VNI ${vni}: MAC-VRF ${other.name} has it`);
    }
  }
}

export function checkMacIp({ esi, ip, mac, sequence = 0 }: MacIpEntry): void {
  checkMac("the MAC of a host", mac);
  if (ip !== undefined && !isUnicast(ip)) throw invalid(`${ip} cannot be the address of a host`);
  if (esi !== undefined) parseEsi(esi);
  if (!Number.isInteger(sequence) || sequence < 0 || sequence > MAX_SEQUENCE) {
    throw invalid(`the sequence number of ${mac} is ${sequence}; it must be 0 to ${MAX_SEQUENCE}`);
  }
}

/** `others`: segments of other ESIs; `macVrfs`: all MAC-VRFs. */
export function checkEthernetSegment(
  segment: RibEthernetSegment,
  others: Iterable<RibEthernetSegment>,
  macVrfs: Iterable<RibMacVrf>,
): void {
  const { dfElection, esi, rd, vtep } = segment;
  if (parseEsi(esi) !== esi || esi === ZERO_ESI || esi === MAX_ESI) {
    throw invalid(`${esi} is not the ESI of a segment; make one with makeEsi or parseEsi`);
  }
  checkVtep(`segment ${esi}`, vtep);
  for (const other of others) {
    // One distinguisher of the router for all of its segments is what RFC 7432 section 8.2.1 has in mind.
    if (other.rd === rd && other.vtep !== vtep) {
      throw invalid(`segment ${esi} has the route distinguisher of ${other.esi} and another VTEP`);
    }
  }
  for (const { name, rd: taken } of macVrfs) {
    if (taken === rd) {
      throw invalid(`segment ${esi} cannot have route distinguisher ${rd}: MAC-VRF ${name} has it`);
    }
  }
  if (dfElection === undefined) return;
  const { algorithm, capabilities, preference } = dfElection;
  checkNumber("the DF algorithm", algorithm, MAX_DF_ALGORITHM);
  checkNumber("the DF capabilities", capabilities, MAX_U16);
  checkNumber("the DF preference", preference, MAX_U16);
}

function checkVtep(of: string, vtep: IpAddress): void {
  if (!isUnicast(vtep))
    throw invalid(`${vtep} cannot be the VTEP of ${of}; give a unicast address`);
}

function checkMac(what: string, mac: MacAddress): void {
  if (isMulticastMac(mac) || mac === ZERO_MAC) {
    throw invalid(`${mac} cannot be ${what}; give the address of one interface`);
  }
}

function checkNumber(what: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= most) return;
  throw invalid(`${what} is ${value}; it must be 0 to ${most}`);
}

function invalid(message: string): SpeakerError {
  return new SpeakerError("invalid-option", message);
}
