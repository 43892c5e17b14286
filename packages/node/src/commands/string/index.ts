import type { STRINGS_COMMANDS, HandledNameOf } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";
import { append } from "./append.ts";
import { delex, delifeq } from "./delex.ts";
import { digest } from "./digest.ts";
import { get } from "./get.ts";
import { getdel, getex } from "./getex.ts";
import { getrange } from "./getrange.ts";
import { decr, decrby, incr, incrby } from "./incr.ts";
import { incrbyfloat } from "./incrbyfloat.ts";
import { mget } from "./mget.ts";
import { mset, msetex, msetnx } from "./mset.ts";
import { getset, psetex, setex, setnx } from "./set-variants.ts";
import { set } from "./set.ts";
import { setrange } from "./setrange.ts";
import { strlen } from "./strlen.ts";

export const STRINGS_HANDLERS: Readonly<Record<HandledNameOf<typeof STRINGS_COMMANDS>, Handler>> = {
  append,
  decr,
  decrby,
  delex,
  delifeq,
  digest,
  get,
  getdel,
  getex,
  getrange,
  getset,
  incr,
  incrby,
  incrbyfloat,
  mget,
  mset,
  msetex,
  msetnx,
  psetex,
  set,
  setex,
  setnx,
  setrange,
  strlen,
  substr: getrange,
};
