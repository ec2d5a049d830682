import { createWorker } from './create-worker.ts'
import { loadModel } from './engine/load-model.ts'

export default createWorker(loadModel)
