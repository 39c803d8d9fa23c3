#!/usr/bin/env bash
# `./dev demo [FOLDER]`: the whole life of a tessera, on a folder of yours or on real photographs, a
# voice and a video that Debian ships; then a network of nodes that keep it when its owner is gone, and
# heirs who open what was left to them.
# Everything lies in one folder under build/; your files are only read, and ~/.tesseras is not
# touched.
set -euo pipefail

project=$PWD
work=$project/build/demo
samples=/usr/share/forensics-samples/original-files
bold='' dim='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\033[1m' dim=$'\033[2m' plain=$'\033[0m'; fi

step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
# Shows the command as one would type it, then runs exactly that.
run() { printf '%s$ %s%s\n' "$dim" "$*" "$plain"; eval "$*"; }
# The same for a command that must find something wrong.
run_fails() { fails_with 1 "$*"; }
# And for one that must be refused.
run_refused() { fails_with 2 "$*"; }
fails_with() {  # STATUS COMMAND
  printf '%s$ %s%s\n' "$dim" "$2" "$plain"
  local status=0
  eval "$2" || status=$?
  printf '%s(exit status %d)%s\n' "$dim" "$status" "$plain"
  [ "$status" = "$1" ] || { echo "demo: it should have been refused, with exit status $1" >&2; exit 1; }
}

chmod -R u+w "$work" 2> /dev/null || true
rm -rf "$work"
mkdir -p "$work"
PATH=$project/build/release/apps/tes:$project/build/release/apps/tesseras-daemon:$PATH
export HOME=$work  # so that ~/.tesseras is the demo's own
cd "$work"

real_samples() {
  mkdir -p family/2020 family/voice
  cp -p "$samples/pic1/IMG_1054.JPG" "$samples/pic1/IMG-20191006-WA0002.jpg" family/
  cp -p "$samples"/pic2/IMG_2020*.jpg "$samples/pic1/IMG_20200827_231612.jpg" family/2020/
  cp -p "$samples/pic1/IMG_1054.JPG" "family/2020/the same again.JPG"
  cp -p "$samples/audio1/debian.wav" family/voice/
  cp -p "$samples/movie1/VID_20191220_170832.mp4" family/
  cp -p "$samples/pic1/debian.xcf" family/
  printf 'We had no rain that week. Everybody came, and nobody wanted to leave.\n' > family/letter.txt
  printf 'A voice, reading aloud.\n' > family/voice/debian.wav.context.txt
  printf 'title = "Two summers"\ntags = ["family"]\n\n[files."IMG_1054.JPG"]\ncontext = "Found in the drawer, with no date on it."\n' > family/tessera.toml
}

if [ $# -gt 0 ]; then
  folder=$1
  [ -d "$folder" ] || { echo "demo: $folder is not a folder" >&2; exit 3; }
  case "$folder" in *[!A-Za-z0-9._/@+-]*) ln -s "$folder" "$work/family"; folder=$work/family/ ;; esac
else
  [ -d "$samples" ] || { echo "demo: the sample photographs are not installed; give a folder: ./dev demo FOLDER" >&2; exit 3; }
  real_samples
  folder=family
fi

step "1. A family has a folder"
run "find $folder -type f | sort | sed -n 1,20p"

step "2. An identity and a vault, once"
run tes init

step "3. The folder becomes a tessera: signed, with everything that explains it"
run "tes create $folder --non-interactive 2>&1 | tee created.txt"
hash=$(sed -n 's/^Created tessera: //p' created.txt | head -n 1)
[ -n "$hash" ] || { echo "demo: no tessera was made" >&2; exit 1; }
short=${hash:0:16}

step "4. What the vault holds"
run tes list
run "tes show $short | sed -n 1,24p"

step "5. Is every bit as it was signed?"
run "tes verify $short | tail -n 8"

step "6. Written out: a folder that needs no software of ours"
run "tes export $short exported"
out=exported/tessera-$hash
run "ls $out"

step "7. A stranger checks it with tools of their own"
echo "The folder's name is the BLAKE3 hash of MANIFEST, and MANIFEST lists every other file:"
run "( cd exported/tessera-$short* && b3sum --no-names MANIFEST )"
[ "$(b3sum --no-names "$out/MANIFEST")" = "$hash" ]
run "( cd exported/tessera-$short* && sed -n 's/^  \(.*\)  blake3:\(.*\)  sha256:.*/\2  \1/p' MANIFEST | b3sum --check --quiet && echo every BLAKE3 holds )"
run "( cd exported/tessera-$short* && sed -n 's/^  \(.*\)  blake3:.*  sha256:\([0-9a-f]*\)  .*/\2  \1/p' MANIFEST | sha256sum --check --quiet && echo every SHA-256 holds )"
echo "And with Python alone, written from the texts that lie in the folder:"
run "python3 $project/spec/reader/read_tessera.py check exported/tessera-$short*"

step "8. One bit is flipped"
victim=$(find "$out/memories" -name 'media.*' -size +1k | sort | head -n 1)
[ -n "$victim" ] || victim=$(find "$out/memories" -name 'media.*' | sort | head -n 1)
cat > flip.py <<'PYTHON'
import os, sys
with open(sys.argv[1], "r+b") as file:
    file.seek(os.path.getsize(sys.argv[1]) // 2)
    byte = file.read(1)[0]
    file.seek(-1, os.SEEK_CUR)
    file.write(bytes([byte ^ 1]))
PYTHON
chmod u+w "$victim"
run "python3 flip.py exported/tessera-$short*/${victim#"$out"/}"
run_fails "tes verify exported/tessera-$short*"
python3 flip.py "$victim"
echo "Flipped back:"
run "tes verify exported/tessera-$short* | tail -n 1"

step "9. On another machine: imported, and written out again, byte for byte the same"
run "tes --data-dir elsewhere init --quiet"
run "tes --data-dir elsewhere import exported/tessera-$short*"
run "tes --data-dir elsewhere export $short again"
run "diff -r exported again && echo identical"

step "10. Twenty-six nodes, of which twenty-five know only the first"
# Each with a folder and a port of its own; nothing is asked of the local network or of DNS. What
# takes a day, looking who is still there and making again what is gone, takes half a minute.
nodes=26
start_node() {  # NUMBER BOOTSTRAP
  mkdir -p "nodes/$1"
  printf '%s\n' '[network]' 'enable_mdns = false' '[observability]' 'metrics_addr = ""' '[replication]' \
    'repair_interval_secs = 30' 'repair_jitter_secs = 3' '[storage]' 'min_free_space_bytes = 0' \
    > "nodes/$1/config.toml"
  tesseras-daemon --data-dir "nodes/$1" --listen 127.0.0.1:0 --bootstrap "$2" 2> "nodes/$1.log" &
  node_pids[$1]=$!
}
field() { sed -n "s/^  \"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p"; }
wait_for() {  # WHAT COMMAND: three minutes at most
  local tries=360
  until eval "$2" > /dev/null 2>&1; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { echo "demo: $1 did not come about; see $work/nodes/*.log" >&2; exit 1; }
    sleep 0.5
  done
}
is_reached() { tes --daemon "nodes/$1" node-info | grep '^Reached at: *[0-9[]'; }
kill_nodes() {  # NUMBER ...
  local number
  for number in "$@"; do
    kill -9 "${node_pids[$number]}"
    wait "${node_pids[$number]}" 2> /dev/null || true
    unset "node_pids[$number]"
  done
}
declare -A node_pids
trap 'kill "${node_pids[@]}" 2> /dev/null; wait' EXIT
echo "\$ tesseras-daemon --data-dir nodes/1 --listen 127.0.0.1:0 --bootstrap \"\" &"
start_node 1 ""
wait_for "the first node" "tes --daemon nodes/1 node-info"
seed=$(tes --daemon nodes/1 node-info | sed -n 's/^Listening: *//p')
echo "\$ tesseras-daemon --data-dir nodes/2 --listen 127.0.0.1:0 --bootstrap $seed &    # and so on"
for number in $(seq 2 $nodes); do start_node "$number" "$seed"; done
for number in $(seq $nodes); do wait_for "that others reach node $number" "is_reached $number"; done
echo "$(tes --daemon nodes/5 peers --json | grep -c '"node_id"') others are known to the fifth."

step "11. The family publishes: fragments, each with another node"
run tes --daemon nodes/3 publish $short
run tes --daemon nodes/3 status $short
run "tes --daemon nodes/3 holders $short | cut -c 1-78"
keepers=$(tes --daemon nodes/3 holders $short | cut -d ' ' -f 1)
keeping=()
for number in "${!node_pids[@]}"; do
  id=$(tes --daemon "nodes/$number" node-info --json | field node_id)
  if [ "$number" != 3 ] && grep -q "$id" <<< "$keepers"; then keeping+=("$number"); fi
done
stranger=1
for number in $(seq $nodes); do
  if [ "$number" != 3 ] && [[ " ${keeping[*]} " != *" $number "* ]]; then stranger=$number; fi
done

step "12. Their machine is lost, with all that was on it; and so are eight of the holders"
kill_nodes 3
run "rm -rf nodes/3 .tesseras"
victims=()
for number in "${keeping[@]}"; do
  if [ "$number" != "$stranger" ] && [ ${#victims[@]} -lt 8 ]; then victims+=("$number"); fi
done
echo "\$ kill -9 ... # nodes ${victims[*]}"
kill_nodes "${victims[@]}"

step "13. Somebody who never saw it fetches it"
run "tes --data-dir strangers init --quiet"
run "tes --data-dir strangers --daemon nodes/$stranger fetch $hash from-the-network"
run "tes --data-dir strangers verify $short | tail -n 1"
run "diff -r exported from-the-network && echo identical"

step "14. Those who are left make again what is gone, without anybody asking"
# Fragments of whom lives, by what the network is told: a holder that is gone is named there for a day.
count='
import json, sys
alive, kept = set(sys.argv[1:]), set()
for holder in json.load(sys.stdin)["holders"]:
    if holder["node_id"] in alive: kept.update(holder["fragments"])
print(len(kept))'
alive=()
for number in "${!node_pids[@]}"; do alive+=("$(tes --daemon "nodes/$number" node-info --json | field node_id)"); done
fragments=24 left=-1
end=$((SECONDS + 900))
while [ "$left" != $fragments ]; do
  [ $SECONDS -lt $end ] || { echo "demo: after 15 minutes only $left of $fragments fragments are with nodes that live; see $work/nodes/*.log" >&2; exit 1; }
  now=$(tes --daemon "nodes/$stranger" holders "$hash" --json | python3 -c "$count" "${alive[@]}") || now=$left
  [ "$now" = "$left" ] || echo "$now of $fragments fragments are with nodes that live."
  left=$now
  sleep 2
done
grep -h 'a tessera was repaired' nodes/*.log | sort | sed -n 's/.*"plan":"\([0-9a-f]*\)","made":\([0-9]*\),.*/Plan \1: \2 fragments were made again and given to others./p' | head -n 3
step "15. What is not for everybody: three letters of a grandmother, encrypted"
mkdir -p letters
printf 'For those who come after me.\n' > letters/letter.txt
run "tes --data-dir grandmother init --quiet"
run "tes --data-dir ana init --quiet"
run "tes --data-dir ana contact card --quiet > ana.contact"
run "tes --data-dir grandmother contact add Ana ana.contact --quiet"
witnesses=()
for number in "${!node_pids[@]}"; do
  if [ "$number" != "$stranger" ] && [ ${#witnesses[@]} -lt 3 ]; then witnesses+=("$number"); fi
done
for number in "${witnesses[@]}"; do
  run "tes --daemon nodes/$number node card --quiet > node$number.contact"
  run "tes --data-dir grandmother contact add node$number node$number.contact --quiet"
done
letter() {  # NAME WORDS: makes it, and leaves its hash in `made`
  run "tes --data-dir grandmother create letters --non-interactive $2 2>&1 | tee $1.txt"
  made=$(sed -n 's/^Created tessera: //p' "$1.txt" | head -n 1)
}
letter private "--visibility private"; private=$made
letter circle "--visibility circle --to Ana"; circle=$made
letter sealed "--visibility sealed --open-after 60s --witness node${witnesses[0]} --witness node${witnesses[1]} --witness node${witnesses[2]} --threshold 2"
sealed=$made
run "tes --data-dir grandmother heir create --threshold 2 --shares 3 --quiet"
run "sed -n 1,8p heir-shares/heir_share_1.txt"

step "16. Others keep them, who cannot read them"
hers=$((nodes + 1))
start_node $hers "$(tes --daemon "nodes/$stranger" node-info | sed -n 's/^Listening: *//p')"
wait_for "that others reach node $hers" "is_reached $hers"
for one in $private $circle $sealed; do run "tes --data-dir grandmother --daemon nodes/$hers publish ${one:0:16} --quiet"; done
wait_for "that the witnesses have their parts" "tes --data-dir grandmother --daemon nodes/$hers status ${sealed:0:16} | grep '3 of 3 witnesses'"
run "tes --data-dir grandmother --daemon nodes/$hers status ${sealed:0:16}"
run "! grep -rq 'those who come after me' nodes && echo nobody has a readable word of it"

step "17. She is gone, and so is her machine, with all that was on it"
kill_nodes $hers
run "rm -rf nodes/$hers grandmother letters heir-shares/heir_share_2.*"

step "18. At its date two of three witnesses open the sealed one, and nobody has to be asked"
run "tes --data-dir strangers --daemon nodes/$stranger fetch $sealed --quiet"
wait_for "the key" "tes --data-dir strangers --daemon nodes/$stranger unseal ${sealed:0:16} probe && rm -rf probe"
run "tes --data-dir strangers --daemon nodes/$stranger unseal ${sealed:0:16} unsealed"
run "cat unsealed/tessera-*/memories/*/media.txt"

step "19. Ana opens what was made for her circle"
run "tes --data-dir ana --daemon nodes/$stranger fetch $circle --quiet"
run "tes --data-dir ana open ${circle:0:16} for-ana --quiet"
run "cat for-ana/tessera-*/memories/*/media.txt"

step "20. Two of three heirs become who she was, and open the private one"
run_refused "tes heir reconstruct heir-shares/heir_share_1.txt --output-dir recovered"
run "tes heir reconstruct heir-shares/heir_share_1.txt heir-shares/heir_share_3.bin --output-dir recovered --quiet"
run "tes --data-dir recovered init --quiet"
run "tes --data-dir recovered --daemon nodes/$stranger fetch $private --quiet"
run "tes --data-dir recovered open ${private:0:16} opened --quiet"
run "cat opened/tessera-*/memories/*/media.txt"
for one in unsealed for-ana opened; do
  [ "$(cat $one/tessera-*/memories/*/media.txt)" = "For those who come after me." ]
done
kill "${node_pids[@]}"
wait
trap - EXIT

step "Done"
echo "The exported folder: $work/$out"
echo "Open it in any browser: $work/$out/index.html"
echo "How to read it in a hundred years: $work/$out/README.decode"
