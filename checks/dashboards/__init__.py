"""The dashboards of deploy/grafana: what is asked, and the JSON that Grafana makes of it."""
