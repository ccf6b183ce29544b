/** `selvedge attach` and `selvedge detach`: wire an endpoint to the namespace of a workload. */
import { Command } from "commander";
import type { CommandIo } from "../io.ts";
import { agentClient, socketOption } from "./agent-client.ts";

interface AttachOptions {
  readonly socket: string;
  readonly netns: string;
  readonly ifname: string;
  readonly ahead: boolean;
}

/** `attach`. */
export function attachCommand(io: CommandIo): Command {
  return new Command("attach")
    .description("attach an endpoint of this host to an existing network namespace")
    .argument("<tenant/endpoint>", "the endpoint, such as red/web-1")
    .requiredOption(
      "--netns <name|path>",
      "name below /run/netns, or a path such as /proc/4711/ns/net",
    )
    .option("--ifname <name>", "name of the interface in the workload", "eth0")
    .option(
      "--ahead",
      "it is declared for another host still: attach it as soon as it is declared for this one",
      false,
    )
    .addOption(socketOption())
    .action(async (endpoint: string, options: AttachOptions) => {
      const client = agentClient(options);
      const { netns: namespace, ifname, ahead } = options;
      const place = `${namespace}:${ifname}`;
      const request = { endpoint, namespace, interface: ifname };
      if (ahead) {
        await client.attachAhead(request);
        io.stdout(`${endpoint} is attached to ${place} as soon as it is declared for this host\n`);
        return;
      }
      const answer = await client.attach(request);
      const { addresses, hostInterface, vrf } = answer.endpoint;
      io.stdout(
        `${endpoint} attached to ${place} in VRF ${vrf}: ` +
          `${addresses.join(", ")} through ${hostInterface} ` +
          `(${answer.elapsedMilliseconds.toFixed(1)} ms)\n`,
      );
    });
}

/** `detach`. */
export function detachCommand(io: CommandIo): Command {
  return new Command("detach")
    .description("remove an endpoint's interface from its workload and withdraw its routes")
    .argument("<tenant/endpoint>", "the endpoint, such as red/web-1")
    .addOption(socketOption())
    .action(async (endpoint: string, options: { readonly socket: string }) => {
      await agentClient(options).detach(endpoint);
      io.stdout(`${endpoint} detached\n`);
    });
}
