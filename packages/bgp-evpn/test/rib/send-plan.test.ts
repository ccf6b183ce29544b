import { expect, test } from "vitest";
import { SendPlan } from "../../src/rib/send-plan.ts";
import { TargetAudience } from "../../src/rib/targeted-routes.ts";

/** The jobs as texts: audience, attributes, prefixes with what was told before. */
function jobs(plan: SendPlan): string[] {
  return plan.jobs().map((job) => {
    const changes: string[] = [];
    for (let change = job.first; change >= 0; change = plan.nextOf(change)) {
      changes.push(`${plan.prefixOf(change)}(${plan.beforeOf(change)})`);
    }
    const audience = `${job.only ? "only" : "all but"} ${job.peer}`;
    return `${audience}: ${job.attributes === 0 ? "withdraw" : `set ${job.attributes}`} ${changes.join(" ")}`;
  });
}

test("changes with the same source and attributes are one job, in their order, however they are mixed", () => {
  const plan = new SendPlan();
  plan.announce(1, 0, 7, 30);
  plan.announce(2, 0, 8, 31);
  plan.announce(3, 8, 7, 30);
  plan.announce(4, 0, 8, 30);
  plan.announce(5, 0, 7, 30);
  expect(jobs(plan)).toEqual([
    "all but 7: set 30 1(0) 3(8) 5(0)",
    "all but 8: set 30 4(0)",
    "all but 8: set 31 2(0)",
  ]);
});

test("withdrawals come before announcements to the same audience, those to one peer last", () => {
  const plan = new SendPlan();
  plan.announce(1, 0, 7, 30);
  plan.withdrawFrom(7, 1, 8);
  plan.withdraw(2, 7);
  plan.withdraw(3, 8);
  plan.withdraw(4, 7);
  expect(jobs(plan)).toEqual([
    "all but 7: withdraw 2(7) 4(7)",
    "all but 7: set 30 1(0)",
    "all but 8: withdraw 3(8)",
    "only 7: withdraw 1(8)",
  ]);
});

test("a plan is used again after clear, without a trace of the slice before", () => {
  const plan = new SendPlan();
  plan.announce(1, 0, 7, 30);
  plan.withdraw(2, 7);
  plan.clear();
  expect(jobs(plan)).toEqual([]);
  plan.withdraw(3, 9);
  plan.announce(4, 0, 9, 30);
  expect(jobs(plan)).toEqual(["all but 9: withdraw 3(9)", "all but 9: set 30 4(0)"]);
});

test("a withdrawal from all is not added to one that spares those who want the new route", () => {
  const plan = new SendPlan();
  plan.withdraw(1, 9);
  plan.clear();
  plan.withdrawUnwanted(2, 9, 3, undefined, new TargetAudience(5, new Uint8Array(8)));
  plan.withdraw(4, 9);
  expect(plan.jobs().map(({ besides, unwanted }) => [besides, unwanted?.set])).toEqual([
    [0, undefined],
    [3, 5],
  ]);
});
