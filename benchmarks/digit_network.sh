#!/bin/sh
# The shipped digit networks from nothing, as the commands on their cards made them: assets/mnist/conditional and
# assets/mnist/unconditional. Run from the root of the project, in an environment that has diffviz.
#
# On a processor the small networks take 20 to 55 minutes a run; `labels64`, `data4` and `digit_candidate` were trained
# on one NVIDIA H200, 20 minutes in all (results/digit_designs.md), and would take days on a processor. What is made here
# is the same where the hardware computes the same; what ships was made so, in this order.
set -eu

out=assets/mnist
learn() { diffviz train mnist "$@"; }
unet="--set network=unet --set network.width=32 --set network.blocks=2 --set half=true"
taught="--start $out/unconditional.safetensors --teacher $out/conditional.safetensors --set dropped=0"
at_times() { echo "--set objective.times=logit-normal --set objective.times.mean=$1 --set objective.times.spread=$2 --set objective.times.even=$3"; }

# Small networks on a processor, batch 64.
learn $out/conditional.safetensors $unet --set network.classes=10 \
  --set batch=64 --set steps=16000 --set rate=0.004 --set warmup=100 --set decay=cosine
learn $out/unconditional.safetensors $unet \
  --set batch=64 --set steps=16000 --set rate=0.004 --set warmup=100 --set decay=cosine
learn $out/unconditional.safetensors $taught $unet \
  --set batch=64 --set steps=10000 --set rate=0.003 --set warmup=100 --set decay=cosine
learn $out/unconditional.safetensors $taught $unet \
  --set batch=64 --set steps=11000 --set rate=0.004 --set warmup=100 --set decay=none $(at_times 0.8 0.6 0.25)
learn $out/conditional.safetensors --start $out/conditional.safetensors $unet --set network.classes=10 \
  --set batch=64 --set steps=14000 --set rate=0.004 --set warmup=100 --set decay=cosine $(at_times 1.3 0.7 0.25)
learn $out/unconditional.safetensors $taught $unet \
  --set batch=64 --set steps=18000 --set rate=0.004 --set warmup=100 --set decay=cosine $(at_times 0.9 0.6 0.2)

# Deeper ones in large batches on a GPU: a larger teacher with labels, the digits alone, then the teacher.
deeper="$unet --set network.deeper=4"
learn labels64.safetensors --set network=unet --set network.width=64 --set network.blocks=2 --set network.deeper=4 \
  --set network.classes=10 --set half=true \
  --set batch=256 --set steps=21000 --set rate=0.003 --set warmup=500 --set decay=cosine $(at_times 0.9 0.9 0.3)
learn data4.safetensors --start $out/unconditional.safetensors $deeper \
  --set batch=512 --set steps=20500 --set rate=0.004 --set warmup=200 --set decay=cosine $(at_times 0.9 0.7 0.3)
learn digit_candidate.safetensors --start data4.safetensors --teacher labels64.safetensors $deeper --set dropped=0 \
  --set batch=512 --set steps=62000 --set rate=0.004 --set warmup=200 --set decay=cosine $(at_times 0.9 0.7 0.3)
# This one ships too, as assets/mnist/unguided, in half precision: the same command with --half.

# Autoguidance, learned by the network itself: 22 minutes of one core.
learn digit_guided.safetensors --start digit_candidate.safetensors --teacher digit_candidate.safetensors \
  --weaker $out/unconditional.safetensors --guidance 1 $deeper \
  --set batch=64 --set steps=6000 --set rate=0.001 --set warmup=100 --set decay=cosine $(at_times 0.9 0.7 0.3) --half
cp digit_guided.safetensors $out/unconditional.safetensors
cp digit_guided.json $out/unconditional.json
