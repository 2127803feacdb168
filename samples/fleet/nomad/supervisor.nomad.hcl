# One supervisor on every client: nomad job run supervisor.nomad.hcl
# The driver raw_exec must be enabled on the clients, and supervisor and its configuration must be there already.
job "dispatch-supervisor" {
  type = "system"

  # One client after the other, and no further than the first that does not become healthy.
  update {
    max_parallel     = 1
    health_check     = "task_states"
    min_healthy_time = "30s"
    healthy_deadline = "3m"
    auto_revert      = false
  }

  group "supervisor" {
    # Nomad never gives up either.
    restart {
      mode     = "delay"
      attempts = 5
      interval = "1m"
      delay    = "5s"
    }

    task "supervisor" {
      driver = "raw_exec"

      config {
        command = "/usr/bin/supervisor"
        args    = ["-c", "/etc/dispatch-supervisor/supervisor.json", "up"]
      }

      kill_signal  = "SIGTERM"
      # More than the longest stop_timeout; the client's max_kill_timeout must allow it.
      kill_timeout = "25s"

      resources {
        cpu    = 100
        # For the supervisor and all of its daemons.
        memory = 512
      }
    }
  }
}
