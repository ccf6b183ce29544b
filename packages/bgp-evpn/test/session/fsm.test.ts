import { describe, expect, it } from "vitest";
import {
  EVENT_NUMBERS,
  FSM_STATES,
  FSM_TABLE,
  type FsmEvent,
  type FsmState,
  type FsmTransition,
} from "../../src/session/fsm.ts";

const EVENTS = Object.keys(FSM_TABLE.Idle) as FsmEvent[];

/**
 * The next states of RFC 4271, section 8.2.2 (with the deviations that the file head of fsm.ts names), written down
 * once more in another form: one letter a state (I, C, A, S = OpenSent, F = OpenConfirm, E), one column an event.
 */
const NEXT_STATES: Readonly<Record<FsmEvent, string>> = {
  //                             ICASFE
  manualStart: "CCASFE",
  automaticStart: "CCASFE",
  manualStartPassive: "ACASFE",
  automaticStartPassive: "ACASFE",
  automaticStartDamped: "CCASFE",
  automaticStartDampedPassive: "ACASFE",
  manualStop: "IIIIII",
  automaticStop: "IIIIII",
  connectRetryTimerExpires: "ICCIII",
  holdTimerExpires: "IIIIII",
  keepaliveTimerExpires: "IIIIFE",
  tcpConnectionValid: "ICASFE",
  tcpConnectionInvalid: "ICASFE",
  tcpConnectionAcked: "ISSSFE",
  tcpConnectionConfirmed: "ISSSFE",
  tcpConnectionFails: "IAIAII",
  openMessage: "IIIFII",
  headerError: "IIIIII",
  openMessageError: "IIIIII",
  openCollisionDump: "IIIIII",
  notificationVersionError: "IIIIII",
  notificationMessage: "IIIIII",
  keepaliveMessage: "IIIIEE",
  updateMessage: "IIIIIE",
  updateMessageError: "IIIIII",
  sendHoldTimerExpires: "IIIIII",
  routeRefreshMessage: "IIIIIE",
};
const LETTERS: Readonly<Record<FsmState, string>> = {
  Idle: "I",
  Connect: "C",
  Active: "A",
  OpenSent: "S",
  OpenConfirm: "F",
  Established: "E",
};

const cells = (): { state: FsmState; event: FsmEvent; transition: FsmTransition }[] =>
  FSM_STATES.flatMap((state) =>
    EVENTS.map((event) => ({ state, event, transition: FSM_TABLE[state][event] })),
  );

const connected = (state: FsmState): boolean =>
  state === "OpenSent" || state === "OpenConfirm" || state === "Established";

describe("the state machine of RFC 4271", () => {
  it("knows every mandatory event of section 8.1 and none twice", () => {
    const numbers = Object.values(EVENT_NUMBERS).filter((number) => number !== undefined);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const mandatory of [1, 2, 9, 10, 11, 16, 17, 18, 19, 21, 22, 24, 25, 26, 27, 28]) {
      expect(numbers).toContain(mandatory);
    }
    expect(EVENTS.toSorted()).toEqual(Object.keys(EVENT_NUMBERS).toSorted());
  });

  it.each(EVENTS)("goes where the RFC says on %s, from every state", (event) => {
    const next = FSM_STATES.map((state) => LETTERS[FSM_TABLE[state][event].next]).join("");
    expect(next).toBe(NEXT_STATES[event]);
  });

  it("drops the connection whenever it leaves a connected state for one without", () => {
    for (const { state, transition } of cells()) {
      if (connected(state) && !connected(transition.next)) {
        expect(transition.actions).toContain("dropConnection");
        expect(transition.actions).toContain("releaseResources");
      }
    }
  });

  it("does nothing at all in Idle but start", () => {
    for (const event of EVENTS.filter((name) => !name.includes("Start"))) {
      expect(FSM_TABLE.Idle[event]).toEqual({ next: "Idle", actions: [] });
    }
  });

  it("sends NOTIFICATION only where a connection with a sent OPEN exists, and ends in Idle after it", () => {
    for (const { state, transition } of cells()) {
      if (transition.notification === undefined) continue;
      expect(connected(state)).toBe(true);
      expect(transition.next).toBe("Idle");
    }
  });

  it("never answers a NOTIFICATION, a lost connection or a stuck peer with a NOTIFICATION", () => {
    for (const state of FSM_STATES) {
      for (const event of [
        "notificationMessage",
        "notificationVersionError",
        "tcpConnectionFails",
        "sendHoldTimerExpires",
      ] as const) {
        expect(FSM_TABLE[state][event].notification).toBeUndefined();
      }
    }
  });

  it("names the state in the Finite State Machine Error subcode (RFC 6608)", () => {
    expect(FSM_TABLE.OpenSent.updateMessage.notification).toEqual({ code: 5, subcode: 1 });
    expect(FSM_TABLE.OpenConfirm.updateMessage.notification).toEqual({ code: 5, subcode: 2 });
    expect(FSM_TABLE.Established.openMessage.notification).toEqual({ code: 5, subcode: 3 });
  });

  it("reports an expired hold timer as 4/0 in each state that has one", () => {
    for (const state of ["OpenSent", "OpenConfirm", "Established"] as const) {
      expect(FSM_TABLE[state].holdTimerExpires.notification).toEqual({ code: 4, subcode: 0 });
    }
  });

  it("counts and damps each failure, and clears the counter on an operator's stop", () => {
    for (const { state, event, transition } of cells()) {
      if (state === "Idle" || transition.next !== "Idle") continue;
      const byOperator = event === "manualStop";
      expect(transition.actions.includes("dampen")).toBe(!byOperator);
      expect(transition.actions.includes("resetConnectRetryCounter")).toBe(byOperator);
    }
  });

  it("announces the session as Established on exactly one transition", () => {
    const announcing = cells().filter(({ transition }) =>
      transition.actions.includes("announceEstablished"),
    );
    expect(announcing.map(({ state, event }) => `${state} ${event}`)).toEqual([
      "OpenConfirm keepaliveMessage",
    ]);
  });

  it("restarts the hold timer on each KEEPALIVE, UPDATE and ROUTE-REFRESH of an Established session", () => {
    for (const event of ["keepaliveMessage", "updateMessage", "routeRefreshMessage"] as const) {
      expect(FSM_TABLE.Established[event].actions).toContain("startHoldTimer");
    }
  });
});
