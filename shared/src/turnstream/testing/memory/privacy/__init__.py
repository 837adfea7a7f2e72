"""Erasures, holds, archives and the audit in memory."""
