/** Limits of the measured figures, with their reasons and what happens when they are reached. */

/** redis-benchmark never exits when its server dies or does not answer: it is killed and the run is a fault. */
export const GENERATOR_MS_MAX = 90_000;
/** A load child (subscribers, idle connections) that does not answer a request for so long is a fault. */
export const CHILD_ANSWER_MS_MAX = 60_000;
/** Collecting 40 MB of live strings takes well below a second; an inspector that is silent ends the run. */
export const GARBAGE_COLLECTION_MS_MAX = 20_000;
/** Connections of past runs that a server has still not forgotten after this are a fault of the next run. */
export const FORGET_CONNECTIONS_MS_MAX = 10_000;
/** A replica that has not executed all by then is a fault; its log takes less than a second. */
export const CATCH_UP_MS_MAX = 20_000;
/** How long servers with nothing to do are watched: the kernel counts CPU time in steps of 10 ms. */
export const IDLE_MS = 3_000;
/** Output kept of a command, to quote when it fails; redis-benchmark prints two lines. */
export const COMMAND_OUTPUT_CHARS_MAX = 16_384;
/** Median of more says nothing new, and ten minutes are enough. */
export const REPEATS_MAX = 50;
/** Above this share of the machine in use before the start or after the end, the figures are called provisional. */
export const FOREIGN_LOAD_SHARE_MAX = 0.05;
/** The same for the load average before the start: others may pause just while we look. */
export const FOREIGN_LOAD_AVERAGE_MAX = 0.5;
