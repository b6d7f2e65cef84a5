"""What the steps of a network cost: elementary work counted from the graph, and the nanoseconds it takes on a machine.

    graph ──rates──▶ spikes expected in a step ──projections, learning, regions──▶ candidates ──▶ report

Counting knows sizes, expected rates and the batch, and nothing of the machine; `inferno.machine` turns work into time.
"""
