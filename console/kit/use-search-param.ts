// A filter that lives in the address, so that it survives a reload and can be sent to somebody. Typing replaces the history's entry.
import { useCallback, useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';

/** The value of ?name=; empty when there is none. */
export function useSearchParam(name: string): readonly [string, (value: string) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback((value: string) => {
    setParams((before) => {
      const next = new URLSearchParams(before);
      if (value === '') next.delete(name);
      else next.set(name, value);
      return next;
    }, { replace: true });
  }, [name, setParams]);
  return [params.get(name) ?? '', set];
}

/** A value that follows another one once it has been still for a moment. */
export function useSettled<Value>(value: Value, delayMs = 250): Value {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}
