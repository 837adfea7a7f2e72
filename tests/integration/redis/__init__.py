"""Event logs, announcements, queues and rates on real Redis servers, also ones that die."""
