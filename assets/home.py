"""A swiss roll dissolves into noise, and a network brings it back (Sohl-Dickstein et al. 2015, figure 1)."""

from diffviz import SwissRollConfig, run_swiss_roll, save
from diffviz.scenes import home

# What was chosen on the page; what is not written here has its default.
config = SwissRollConfig(particles=900, seed=11)

result = run_swiss_roll(config)
print(f"{config.particles} particles at {len(result.t)} times, on their way to noise and on the way back")

# A file that plays in any browser, offline.
scene = home.compose(result)
save(scene, "swiss-roll.html")
