/** How long an approval is kept once it is closed, in seconds: as long as the record of a final task. */
export const approvalRetentionSeconds = 30 * 24 * 3600;
