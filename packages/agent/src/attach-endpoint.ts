/** `attach` and `detach`: which endpoint hangs on which workload, and the rules for changing that. */
import { type AttachRequest, RefusedError } from "@selvedge/api";
import type { ApplyReport, Dataplane, EndpointState } from "@selvedge/vxlan-dataplane";
import type { Attachment, AttachmentStore } from "./attachments.ts";
import type { EndpointIntent } from "./intent/endpoint-intent.ts";

/** Slices that an attach waits for its turn; each lets every VRF go on. */
const MOST_SLICES = 1000;

/** What an attach touches. */
export interface AttacherOptions {
  readonly host: string;
  readonly attachments: AttachmentStore;
  readonly endpoint: (name: string) => EndpointIntent | undefined;
  readonly dataplane: Pick<
    Dataplane,
    "setEndpoint" | "removeEndpoint" | "checkEndpoint" | "endpoints"
  >;
  /** One slice of the dataplane's work. */
  readonly applyNow: () => Pick<ApplyReport, "more">;
  /** Lets everything else have its turn. */
  readonly nextTurn: () => Promise<unknown>;
  /** The desired state changed. */
  readonly wake: () => void;
  /** An attachment could not be written that nobody waits for. */
  readonly onProblem: (error: unknown) => void;
}

/** An endpoint that hangs on its workload. */
export interface AttachedEndpoint {
  readonly intent: EndpointIntent;
  readonly state: Extract<EndpointState, { kind: "attached" }>;
}

/** Attaches and detaches the endpoints of one host. */
export class Attacher {
  readonly #options: AttacherOptions;
  /** Endpoints whose attach is under way, so that two at a time do not undo each other. */
  readonly #busy = new Set<string>();
  /** Endpoints whose attachment is being removed from disk: whoever declares them again finds them unattached. */
  readonly #leaving = new Set<string>();

  constructor(options: AttacherOptions) {
    this.#options = options;
  }

  /** Wants in the kernel what is attached; called when the intent of an endpoint changes. */
  follow(name: string, intent: EndpointIntent | undefined): void {
    const attachment = this.#options.attachments.get(name);
    if (attachment === undefined || intent === undefined || this.#leaving.has(name)) {
      this.#options.dataplane.removeEndpoint(name);
    } else {
      this.#want(intent, attachment);
      if (attachment.ahead) {
        this.#arrive(attachment).catch((error: unknown) => this.#options.onProblem(error));
      }
    }
  }

  /**
   * The endpoints that are no longer declared for this host: their attachments go too. A declaration
   * that comes back later must not be wired to whatever namespace has the name by then.
   */
  async forget(names: Iterable<string>): Promise<void> {
    for (const name of names) {
      this.#options.dataplane.removeEndpoint(name);
      await this.#drop(name);
    }
    this.#options.wake();
  }

  /** Is it attached, or to be once it is declared? */
  isAttached(name: string): boolean {
    return this.#options.attachments.get(name) !== undefined;
  }

  /** The endpoints that are attached, or are to be once they are declared. */
  attached(): Attachment[] {
    return [...this.#options.attachments.values()];
  }

  /**
   * Keeps where an endpoint of another host is to be wired as soon as it is declared for this one, as it is at the end of a
   * live migration. Nothing of it is known to others until then.
   * @throws RefusedError
   */
  async attachAhead({ endpoint, namespace, interface: name }: AttachRequest): Promise<void> {
    const attachment: Attachment = { endpoint, namespace, interface: name, ahead: true };
    this.#checkFree(attachment);
    this.#busy.add(endpoint);
    try {
      await this.#keep(attachment);
    } finally {
      this.#busy.delete(endpoint);
    }
    // It may have been declared while the attachment was written.
    const intent = this.#options.endpoint(endpoint);
    if (intent !== undefined) this.follow(endpoint, intent);
  }

  /**
   * Wires the endpoint, or mends it when it is attached there already; the attachment is on disk by then.
   * A first attach that cannot be carried out leaves nothing.
   * @throws RefusedError unless the endpoint is attached at the end.
   */
  async attach(request: AttachRequest): Promise<AttachedEndpoint> {
    const { attachments } = this.#options;
    const { endpoint: name, namespace } = request;
    this.#declared(name);
    const attachment: Attachment = { endpoint: name, namespace, interface: request.interface };
    this.#checkFree(attachment);
    const known = attachments.get(name);
    const isNew = known === undefined || known.ahead === true;
    this.#busy.add(name);
    try {
      if (isNew) await this.#keep(attachment);
      // Read again: it may have been declared otherwise while the attachment was written.
      this.#want(this.#declared(name), attachment);
      // Who attaches again may do so because the workload's end is not as it was.
      this.#options.dataplane.checkEndpoint(name);
      const state = await this.#stateAfterApply(name, !isNew);
      return { intent: this.#declared(name), state: requireAttached(name, state) };
    } catch (error) {
      if (isNew || this.#options.endpoint(name) === undefined) await this.#undo(name);
      throw error;
    } finally {
      this.#busy.delete(name);
    }
  }

  /** @throws RefusedError when the endpoint is not attached. */
  async detach(name: string): Promise<void> {
    this.#checkIdle(name);
    if (!(await this.#drop(name))) {
      throw new RefusedError("NotFound", `${name} is not attached on host ${this.#options.host}`);
    }
    this.#options.dataplane.removeEndpoint(name);
    this.#options.wake();
  }

  /** @throws RefusedError (NotFound) */
  #declared(name: string): EndpointIntent {
    const intent = this.#options.endpoint(name);
    if (intent !== undefined) return intent;
    throw new RefusedError(
      "NotFound",
      `no endpoint ${name} is declared for host ${this.#options.host}; declare it with \`selvedge apply\``,
    );
  }

  #checkIdle(name: string): void {
    const doing = this.#busy.has(name) ? "attached" : this.#leaving.has(name) ? "detached" : "";
    if (doing !== "") {
      throw new RefusedError("Conflict", `${name} is just being ${doing}; try again`);
    }
  }

  #checkFree(wanted: Attachment): void {
    this.#checkIdle(wanted.endpoint);
    for (const { endpoint, namespace, interface: name } of this.#options.attachments.values()) {
      const isSamePlace = namespace === wanted.namespace && name === wanted.interface;
      if (endpoint === wanted.endpoint && !isSamePlace) {
        throw new RefusedError(
          "Conflict",
          `${endpoint} is attached to ${namespace}:${name}; detach it there first`,
        );
      }
      if (endpoint !== wanted.endpoint && isSamePlace) {
        throw new RefusedError(
          "Conflict",
          `${namespace}:${name} is the interface of ${endpoint}; choose another interface name`,
        );
      }
    }
  }

  async #keep(attachment: Attachment): Promise<void> {
    try {
      await this.#options.attachments.set(attachment);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new RefusedError(
        "Unprocessable",
        `the attachment cannot be kept in the runtime directory (${reason}); nothing was changed`,
        { cause },
      );
    }
  }

  /** It is declared for this host now: from here on it is an attachment like others, and goes with the declaration. */
  async #arrive({ endpoint, namespace, interface: name }: Attachment): Promise<void> {
    await this.#options.attachments.set({ endpoint, namespace, interface: name });
    // It may have gone again while that was written.
    if (this.#options.endpoint(endpoint) === undefined) await this.#drop(endpoint);
  }

  async #undo(name: string): Promise<void> {
    this.#options.dataplane.removeEndpoint(name);
    await this.#drop(name);
    this.#options.wake();
  }

  /** Whether it was attached. */
  async #drop(name: string): Promise<boolean> {
    this.#leaving.add(name);
    try {
      return await this.#options.attachments.delete(name);
    } finally {
      this.#leaving.delete(name);
    }
  }

  #want(intent: EndpointIntent, attachment: Attachment): void {
    const { subnet: _subnet, ...wanted } = intent;
    const workload = { namespace: attachment.namespace, interface: attachment.interface };
    this.#options.dataplane.setEndpoint({ ...wanted, workload });
    this.#options.wake();
  }

  /** `untilDone`: the state is an old one until the dataplane has nothing more to do. */
  async #stateAfterApply(name: string, untilDone: boolean): Promise<EndpointState> {
    let state: EndpointState = { kind: "pending" };
    for (let slice = 0; slice < MOST_SLICES; slice++) {
      const { more } = this.#options.applyNow();
      const status = this.#options.dataplane.endpoints().find((each) => each.name === name);
      if (status !== undefined) state = status.state;
      if (state.kind !== "pending" && !(untilDone && more)) return state;
      await this.#options.nextTurn();
    }
    return state;
  }
}

function requireAttached(name: string, state: EndpointState): AttachedEndpoint["state"] {
  switch (state.kind) {
    case "attached":
      return state;
    case "not-attached":
      throw new RefusedError("Unprocessable", state.message);
    case "pending":
      throw new RefusedError("NotReady", `${name} cannot be wired yet; try again in a moment`);
    default:
      return state satisfies never;
  }
}
