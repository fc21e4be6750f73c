// What every console page runs. Pages work without it; with it they answer to single keys.
