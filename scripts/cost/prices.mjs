/*
 * Published prices in US dollars, read on 2026-11-29. Cloudflare: Workers Paid, R2 Standard, D1, Queues. AWS: the pricing
 * examples of HealthImaging (US East). Google: the pricing page of the Cloud Healthcare API (730 hours a month).
 */

/** Cloudflare's prices. */
export const CLOUDFLARE = {
  plan: 5,
  /** `included`: requests that the plan includes; `price`: of each further million. The members below are alike. */
  requests: { included: 10e6, price: 0.3 },
  /** Milliseconds of CPU. */
  cpu: { included: 30e6, price: 0.02 },
  classA: { included: 1e6, price: 4.5 },
  classB: { included: 10e6, price: 0.36 },
  rowsRead: { included: 25e9, price: 0.001 },
  rowsWritten: { included: 50e6, price: 1 },
  /** Operations: a message is written, read and deleted. */
  queue: { included: 1e6, price: 0.4 },
  /** GB months. */
  bucket: { included: 10, price: 0.015 },
  database: { included: 5, price: 0.75 },
};

/**
 * R2 Infrequent Access: GB months, GB that are read, and each million of operations. Nothing is included. The move of
 * an object by a rule of the bucket is an operation of class A.
 */
export const INFREQUENT_ACCESS = { storage: 0.01, retrieval: 0.01, classA: 9, classB: 0.9 };

/** Prices of AWS HealthImaging. */
export const AWS = {
  /** GB months. An image set that was not read for 30 days is in the archive tier. */
  frequentAccess: 0.105,
  archiveAccess: 0.006,
  /** Price of a million requests. */
  requests: 5,
};

/** Prices of Google's Cloud Healthcare API. */
export const GOOGLE = {
  /** GB months of files, and of searchable metadata. */
  blobs: 0.02,
  structured: 0.24,
  /** Price of a million requests. */
  requests: 3.9,
};
